"""Pictures that people upload: opened with care, written anew."""

import io
import struct

from PIL import Image, ImageOps

MOST_PIXELS = 50_000_000
"""Of a picture that is opened: what a small file can blow up to is bounded."""
FORMATS = ("AVIF", "GIF", "JPEG", "PNG", "WEBP")
"""What catalog takes as a preview; the library would try many more."""
_BROKEN = (ArithmeticError, EOFError, LookupError, OSError, SyntaxError, TypeError, ValueError, struct.error)
"""What the library raises for bytes that are no picture, by where it stumbles."""


class NotAPicture(ValueError):
    """What was uploaded as a picture cannot be drawn."""


def opened(content: bytes) -> Image.Image:
    """The picture (of several, the first), upright, with transparency. Raises NotAPicture."""
    try:
        picture = Image.open(io.BytesIO(content), formats=FORMATS)
        if picture.width * picture.height > MOST_PIXELS:
            raise Image.DecompressionBombError(f"it has more than {MOST_PIXELS} pixels")
        return ImageOps.exif_transpose(picture).convert("RGBA")
    except (Image.DecompressionBombError, *_BROKEN) as error:
        raise NotAPicture(str(error)) from error


def encoded(picture: Image.Image, kind: str, **options: int) -> bytes:
    """As a file of `kind`, with nothing of what its uploader's file said beside the picture."""
    written = io.BytesIO()
    picture.save(written, kind, **options)
    return written.getvalue()
