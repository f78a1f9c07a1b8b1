"""What a creator writes is shown to buyers, and can do nothing but be read."""

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import strategies as st
from storefront.rich_text import _cleaner, markdown, plain

from .inputs import TEXT, damaged, fuzz

ATTACKS = Path(__file__).with_name("xss.txt").read_text().splitlines()
"""Known ones: OWASP's cheat sheet, mutations that survived sanitisers once, Markdown's own ways."""
VOID = {"br", "hr"}
ATTRIBUTES = {"a": {"href", "title", "rel"}, "ol": {"start"}}
TAGS = set("a blockquote br code del em h2 h3 h4 h5 h6 hr li ol p pre s strong table tbody td th thead tr ul".split())
MARKUP = st.lists(
    st.sampled_from(ATTACKS)
    | st.sampled_from(
        ["\n", "\n\n", "    ", "> ", "* ", "1. ", "`", "```", "[", "](", ")", "![", "<", ">", "&", '"', "\\"]
    )
    | st.sampled_from(ATTACKS).flatmap(lambda attack: damaged(attack, TEXT))
    | TEXT,
    max_size=8,
).map("".join)


class Shown(HTMLParser):
    """HTML as it is read: every tag is one that may be, is closed where it must be, and leads nowhere it may not."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS
        assert {name for name, _ in attrs} <= ATTRIBUTES.get(tag, set())
        for name, value in attrs:
            if name == "href":
                assert urlsplit(value or "").scheme in {"http", "https", "mailto"}
            if name == "start":
                assert re.fullmatch(r"\d+", value or "")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(decl)

    def handle_pi(self, data: str) -> None:
        raise AssertionError(data)

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(data)


def must_be_harmless(text: str) -> None:
    html = markdown(text)
    Shown(html)
    assert _cleaner.clean(html) == html, "what was cleaned is clean"


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_known_attack_does_nothing(attack: str) -> None:
    must_be_harmless(attack)


ENDLESS = ["> " * 10_000, "[" * 20_000, "*a " * 6000, "- " * 10_000, "<" * 20_000, "`" * 20_000, "<a" + ":" * 19_998]


@pytest.mark.parametrize("attack", ENDLESS, ids=lambda attack: attack[:2])
def test_markup_without_an_end_is_read_to_its_end(attack: str) -> None:
    must_be_harmless(attack)


@fuzz(text=MARKUP)
def test_whatever_is_written_is_only_read(text: str) -> None:
    must_be_harmless(text)


@fuzz(text=MARKUP, length=st.integers(2, 300))
def test_its_words_alone_hold_no_markup_and_are_as_long_as_they_may(text: str, length: int) -> None:
    words = plain(text, length)
    assert len(words) <= length
    assert "\n" not in words
