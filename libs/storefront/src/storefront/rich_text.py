"""Markdown as a creator writes it, as HTML that a buyer may be shown."""

import re
from functools import lru_cache

import nh3
import pyromark
from markupsafe import Markup, escape

_TAGS = {
    "a", "blockquote", "br", "code", "del", "em", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "s",
    "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_SCHEMES = {"http", "https", "mailto"}
_OPTIONS = pyromark.Options.ENABLE_TABLES | pyromark.Options.ENABLE_STRIKETHROUGH
_WHITESPACE = re.compile(r"\s+")
_HEADING = re.compile(r"(?<=<)(/?)h([1-6])(?=>)")
_PICTURE = re.compile(r'<img [^>]*?alt="([^"]*)"[^>]*>')
MOST_HTML = 80_000
"""Characters. Longer is what was written to be long: the sanitiser takes some 0.1 s for this, however it is nested."""
MOST_READINGS = 4
"""Of one text, until no HTML is found in it."""
MOST_KEPT = 256
"""Texts that are kept as HTML."""


@lru_cache(maxsize=MOST_KEPT)
def markdown(text: str) -> Markup:
    """`text` as safe HTML: no raw HTML, no pictures (their descriptions stay), links to http, https and mailto only.

    What would come out longer than MOST_HTML is shown as it is written.
    """
    html = pyromark.html(_with_html_as_words(text), options=_OPTIONS)
    if len(html) > MOST_HTML:
        html = f"<p>{escape(text)}</p>\n"
    shown = _PICTURE.sub(r"\1", _HEADING.sub(_lowered, html))
    return Markup(_cleaner.clean(shown))  # noqa: S704 - what the sanitiser lets through is what may be shown


@lru_cache(maxsize=MOST_KEPT)
def plain(text: str, length: int = 200) -> str:
    """The words of Markdown `text` without its marks, cut at a word to at most `length` characters."""
    words = _WHITESPACE.sub(" ", markdown(text).striptags()).strip()
    if len(words) <= length:
        return words
    whole, space, _ = words[:length].rpartition(" ")
    return (whole if space else words[: length - 1]) + "…"


def _with_html_as_words(text: str) -> str:
    """`text`, whose every `<` that would begin or end a tag is one to be read.

    What was half of a code span, the other half being in a tag, is read anew once that tag is words. A text in which
    there is always more loses every `<`.
    """
    for _ in range(MOST_READINGS):
        words = _with_found_html_as_words(text)
        if words == text:
            return text
        text = words
    return text.replace("<", "&lt;")


def _with_found_html_as_words(text: str) -> str:
    written, done, pieces = text.encode(), 0, []
    for event, place in pyromark.events_with_range(text, options=_OPTIONS):
        if isinstance(event, dict) and event.keys() & {"Html", "InlineHtml"}:
            start, end = place["start"], place["end"]
            pieces += [written[done:start], written[start:end].replace(b"<", b"&lt;")]
            done = end
    return b"".join([*pieces, written[done:]]).decode()


def _lowered(tag: re.Match[str]) -> str:
    """The page has a first-level heading of its own, so the text's begin at the second."""
    return f"{tag[1]}h{min(int(tag[2]) + 1, 6)}"


_cleaner = nh3.Cleaner(
    tags=_TAGS,
    attributes={"a": {"href", "title"}, "ol": {"start"}},
    url_schemes=_SCHEMES,
    url_relative="deny",
    link_rel="nofollow noopener",
)
