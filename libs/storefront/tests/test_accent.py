"""A creator's colour is readable wherever it is put, whatever they chose."""

import re
from pathlib import Path

import pytest
import storefront
from hypothesis import given
from hypothesis import strategies as st
from storefront import accent
from storefront.accent import DARK, LIGHT, READABLE, VISIBLE, Scheme, Tokens, contrast

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@given(COLOURS)
def test_any_colour_is_readable_in_light_and_dark(colour: str) -> None:
    tokens = accent.accent(colour)
    for scheme, made in ((LIGHT, tokens.light), (DARK, tokens.dark)):
        assert_readable(scheme, made)


def assert_readable(scheme: Scheme, tokens: Tokens) -> None:
    for ground in (scheme.paper, scheme.surface, tokens.wash):
        assert contrast(tokens.ink, ground) >= READABLE
    assert contrast(tokens.on_fill, tokens.fill) >= READABLE
    assert contrast(tokens.edge, scheme.surface) >= VISIBLE


def test_a_readable_colour_is_left_as_it_was_chosen() -> None:
    assert accent.accent("#0B6B57").light.ink == "#0b6b57"


def test_a_dark_colour_keeps_its_hue_on_dark() -> None:
    red, green, blue = (int(accent.accent("#0b6b57").dark.ink[start : start + 2], 16) for start in (1, 3, 5))
    assert green > 2 * red
    assert green > blue


def test_contrast_is_wcags() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("text", ["red", "#fff", "#12345g", "#123456;}", "#123456\n", "", "javascript:1"])
def test_what_is_no_colour_is_refused(text: str) -> None:
    assert not accent.is_colour(text)
    with pytest.raises(ValueError, match="is not a colour"):
        accent.accent(text)


def in_both_schemes(name: str) -> list[str]:
    """What the stylesheet says of a colour, light and dark."""
    css = (Path(storefront.__file__).parent / "static" / "storefront.css").read_text()
    (found,) = re.findall(rf"--{name}: light-dark\((#\w+), (#\w+)\)", css)
    return list(found)


def test_the_stylesheet_stands_on_the_same_grounds() -> None:
    assert in_both_schemes("paper") == [LIGHT.paper, DARK.paper]
    assert in_both_schemes("surface") == [LIGHT.surface, DARK.surface]


def test_the_stylesheets_own_colours_are_readable() -> None:
    for name, enough in (("text", READABLE), ("muted", READABLE), ("bad", READABLE), ("control", VISIBLE)):
        for scheme, colour in zip((LIGHT, DARK), in_both_schemes(name), strict=True):
            assert min(contrast(colour, scheme.paper), contrast(colour, scheme.surface)) >= enough
    for colour, ground in zip(in_both_schemes("bad"), in_both_schemes("bad-wash"), strict=True):
        assert contrast(colour, ground) >= READABLE
