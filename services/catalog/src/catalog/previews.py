"""Previews as they are shown: no larger than a page needs, written anew, so that nothing else of the file is served."""

from chassis.pictures import encoded, opened
from PIL import Image

LONGEST_SIDE = 2000
"""Pixels: a cover of 1600 fits with room to cut."""
FILE_TYPE = "image/webp"


def web_sized(content: bytes) -> bytes:
    """`content` as WebP, without its metadata. Raises NotAPicture."""
    picture = opened(content)
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    return encoded(picture, "WEBP", quality=85)
