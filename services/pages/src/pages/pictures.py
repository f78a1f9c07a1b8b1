"""Pictures drawn for a page: its cover at one size, and the card that a link to it is shown with (Open Graph)."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from chassis.pictures import encoded, opened
from PIL import Image, ImageDraw, ImageFont, ImageOps
from storefront import DEFAULT_ACCENT
from storefront.accent import LIGHT, accent

COVER = (1600, 900)
CARD = (1200, 630)
_FONTS = Path(__file__).parent / "fonts"
_MARGIN = 72
_TEXT, _MUTED = "#1b1d1a", "#5d615a"
"""The storefront's, in its light scheme."""
_TITLE_SIZES = (84, 72, 60, 50)
_TITLE_LINES = 4


@dataclass(frozen=True)
class Card:
    """What a card says; equal cards are drawn once."""

    title: str
    creator_name: str
    price: str
    when: str
    accent: str | None = None


def cover(content: bytes) -> bytes:
    """`content` as WebP, cut to the cover's proportions. Raises NotAPicture."""
    return encoded(ImageOps.fit(_opened(content), COVER, Image.Resampling.LANCZOS), "WEBP", quality=80)


def card(facts: Card, preview: bytes | None = None) -> bytes:
    """The card as PNG, beside the preview where there is one. Raises NotAPicture."""
    drawn = Image.new("RGB", CARD, LIGHT.paper)
    width = CARD[0]
    if preview is not None:
        width -= 420
        drawn.paste(ImageOps.fit(_opened(preview), (420, CARD[1]), Image.Resampling.LANCZOS), (width, 0))
    pen = ImageDraw.Draw(drawn)
    _write(pen, facts, width - 2 * _MARGIN)
    return encoded(drawn, "PNG")


def _write(pen: ImageDraw.ImageDraw, facts: Card, width: int) -> None:
    """Creator above, price and time below, the title as large as it fits between."""
    ink = accent(facts.accent or DEFAULT_ACCENT).light
    pen.rectangle((0, 0, 14, CARD[1]), fill=ink.fill)
    small = _font("Regular", 32)
    pen.text((_MARGIN, 64), _cut(_drawable(facts.creator_name), small, width), font=small, fill=_MUTED)
    font, lines = _fitted(_drawable(facts.title), width)
    pen.multiline_text((_MARGIN, 132), "\n".join(lines), font=font, fill=_TEXT, spacing=font.size * 0.18)
    price = _font("SemiBold", 44)
    pen.text((_MARGIN, CARD[1] - 150), _cut(facts.price, price, width), font=price, fill=ink.ink)
    pen.text((_MARGIN, CARD[1] - 88), _cut(facts.when, small, width), font=small, fill=_MUTED)


def _fitted(title: str, width: int) -> tuple[ImageFont.FreeTypeFont, list[str]]:
    """The largest font in which the title takes few enough lines, and those lines; the last is cut at need."""
    for size in _TITLE_SIZES:
        font = _font("SemiBold", size)
        lines = _wrapped(title, font, width)
        if len(lines) * size * 1.22 <= CARD[1] - 132 - 180 and all(font.getlength(line) <= width for line in lines):
            return font, lines
    last = _cut(" ".join(lines[_TITLE_LINES - 1 :]), font, width)
    return font, [_cut(line, font, width) for line in (*lines[: _TITLE_LINES - 1], last) if line]


def _wrapped(text: str, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= width or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _cut(text: str, font: ImageFont.FreeTypeFont, width: int) -> str:
    """`text`, shortened with an ellipsis until it fits."""
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(f"{text}…") > width:
        text = text[:-1]
    return f"{text.rstrip()}…"


def _drawable(text: str) -> str:
    """Without the characters that the font has no picture of: Latin, Greek and Cyrillic it has."""
    return "".join(char for char in text if char.isspace() or _has_glyph(char))


@lru_cache(maxsize=4096)
def _has_glyph(char: str) -> bool:
    font = _font("Regular", 32)
    return bytes(font.getmask(char)) != bytes(font.getmask("\uffff"))


@lru_cache(maxsize=16)
def _font(weight: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(_FONTS / f"Inter-{weight}.otf", size)


def _opened(content: bytes) -> Image.Image:
    """The picture on the storefront's paper."""
    upright = opened(content)
    on_paper = Image.new("RGBA", upright.size, LIGHT.surface)
    return Image.alpha_composite(on_paper, upright).convert("RGB")
