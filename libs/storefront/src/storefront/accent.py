"""A creator's accent colour: kept as chosen where it fills, corrected where it must be read.

Contrast and relative luminance are WCAG 2.2's. Colours are `#rrggbb`, sRGB.
"""

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

DEFAULT_ACCENT = "#0b6b57"
READABLE = 4.5
"""WCAG 2.2, 1.4.3: text against what is behind it."""
VISIBLE = 3.0
"""WCAG 2.2, 1.4.11: the edge of a control against what is around it."""

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_WASH = 0.07
_STEPS = 100
_PROPERTIES = {
    "accent": "fill",
    "on-accent": "on_fill",
    "accent-edge": "edge",
    "accent-ink": "ink",
    "accent-wash": "wash",
}


@dataclass(frozen=True)
class Scheme:
    """What an accent stands on. The stylesheet's `--paper` and `--surface` are the same."""

    paper: str
    surface: str
    is_light: bool


LIGHT = Scheme(paper="#f7f7f4", surface="#ffffff", is_light=True)
DARK = Scheme(paper="#131512", surface="#1c1f1b", is_light=False)


@dataclass(frozen=True)
class Tokens:
    """One accent in one scheme."""

    fill: str
    """A button's ground: the colour as chosen."""
    on_fill: str
    """Its lettering: black or white, whichever is read better (never under 4.5)."""
    edge: str
    """Its border: the fill itself, or the ink where the fill would melt into the page."""
    ink: str
    """Links, digits, focus rings: at least 4.5 on paper, surface and wash."""
    wash: str
    """A breath of the colour behind a notice."""


@dataclass(frozen=True)
class Accent:
    light: Tokens
    dark: Tokens


def is_colour(text: str) -> bool:
    """Whether `text` may be stored as an accent: `#rrggbb` and nothing else."""
    return _COLOUR.fullmatch(text) is not None


def accent(colour: str) -> Accent:
    """The tokens of `colour` (ValueError if it is no colour) in both schemes."""
    if not is_colour(colour):
        raise ValueError(f"{colour!r} is not a colour written #rrggbb")
    return Accent(light=_tokens(colour.lower(), LIGHT), dark=_tokens(colour.lower(), DARK))


def stylesheet(colour: str) -> str:
    """The custom properties of `colour`, each for both schemes."""
    tokens = accent(colour)
    properties = (
        f"--{name}:light-dark({getattr(tokens.light, field)},{getattr(tokens.dark, field)})"
        for name, field in _PROPERTIES.items()
    )
    return f":root{{{';'.join(properties)}}}\n"


def contrast(one: str, other: str) -> float:
    """From 1 (the same) to 21 (black on white)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _tokens(colour: str, scheme: Scheme) -> Tokens:
    wash = _mix(scheme.surface, colour, _WASH)
    ink = _readable(colour, scheme, (scheme.paper, scheme.surface, wash))
    melts = min(contrast(colour, scheme.paper), contrast(colour, scheme.surface)) < VISIBLE
    return Tokens(
        fill=colour,
        on_fill=max("#ffffff", "#000000", key=lambda lettering: contrast(lettering, colour)),
        edge=ink if melts else colour,
        ink=ink,
        wash=wash,
    )


def _readable(colour: str, scheme: Scheme, grounds: tuple[str, ...]) -> str:
    """The nearest shade of `colour` that is read on every one of `grounds`."""
    shades = _darker(colour) if scheme.is_light else _lighter(colour)
    return next(shade for shade in shades if all(contrast(shade, ground) >= READABLE for ground in grounds))


def _darker(colour: str) -> Iterator[str]:
    return (_mix(colour, "#000000", step / _STEPS) for step in range(_STEPS + 1))


def _lighter(colour: str) -> Iterator[str]:
    """First as bright as its hue can be, then paler: a colour mixed with white at once turns grey."""
    channels = _channels(colour)
    strongest = max(channels) or 1
    bright = _hex(round(channel * 255 / strongest) for channel in channels)
    for start, end in ((colour, bright), (bright, "#ffffff")):
        yield from (_mix(start, end, step / _STEPS) for step in range(_STEPS + 1))


def _mix(one: str, other: str, share: float) -> str:
    """`one` with `share` (0 to 1) of `other` in it."""
    return _hex(round(a + (b - a) * share) for a, b in zip(_channels(one), _channels(other), strict=True))


def _hex(channels: Iterable[int]) -> str:
    return "#" + "".join(f"{channel:02x}" for channel in channels)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else math.pow((channel + 0.055) / 1.055, 2.4)
