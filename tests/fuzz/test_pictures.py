"""A preview is whatever a creator uploaded: drawn, or refused as no picture."""

import io
from contextlib import suppress

import pytest
from chassis.pictures import NotAPicture
from hypothesis import strategies as st
from pages.pictures import COVER, cover
from PIL import Image

from .inputs import fuzz


def picture(kind: str, mode: str = "RGB") -> bytes:
    written = io.BytesIO()
    Image.new(mode, (24, 16), 120).save(written, kind)
    return written.getvalue()


WHOLE = [picture("PNG"), picture("PNG", "P"), picture("PNG", "I;16"), picture("JPEG"), picture("WEBP"), picture("GIF")]


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A picture with some bytes exchanged, and perhaps its end missing."""
    whole = bytearray(draw(st.sampled_from(WHOLE)))
    for place in draw(st.lists(st.integers(0, len(whole) - 1), max_size=6)):
        whole[place] = draw(st.integers(0, 255))
    return bytes(whole[: draw(st.integers(0, len(whole)))] if draw(st.booleans()) else whole)


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")  # refused by our own, lower bound
@fuzz(content=st.binary(max_size=100) | damaged())
def test_a_broken_picture_is_drawn_or_refused(content: bytes) -> None:
    with suppress(NotAPicture):
        assert Image.open(io.BytesIO(cover(content))).size == COVER
