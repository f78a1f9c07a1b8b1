"""Markdown as a creator writes it, as HTML that a buyer may be shown."""

import re
from collections.abc import Sequence

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup, escape

_TAGS = {
    "a", "blockquote", "br", "code", "del", "em", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "s",
    "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_SCHEMES = {"http", "https", "mailto"}
_WHITESPACE = re.compile(r"\s+")


def markdown(text: str) -> Markup:
    """`text` as safe HTML: no raw HTML, no pictures (their descriptions stay), links to http, https and mailto only."""
    tokens = _parser.parse(text)
    _lower_headings(tokens)
    html = _parser.renderer.render(tokens, _parser.options, {})
    return Markup(_cleaner.clean(html))  # noqa: S704 - what the sanitiser lets through is what may be shown


def plain(text: str, length: int = 200) -> str:
    """The words of Markdown `text` without its marks, cut at a word to at most `length` characters."""
    words = _WHITESPACE.sub(" ", markdown(text).striptags()).strip()
    if len(words) <= length:
        return words
    whole, space, _ = words[:length].rpartition(" ")
    return (whole if space else words[: length - 1]) + "…"


def _lower_headings(tokens: Sequence[Token]) -> None:
    """The page has a first-level heading of its own, so the text's begin at the second."""
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(int(token.tag[1]) + 1, 6)}"


def _description_of_picture(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    return str(escape(renderer.renderInlineAsText(tokens[index].children, options, env)))


def _make_parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    parser.add_render_rule("image", _description_of_picture)
    return parser


_parser = _make_parser()
_cleaner = nh3.Cleaner(
    tags=_TAGS,
    attributes={"a": {"href", "title"}, "ol": {"start"}},
    url_schemes=_SCHEMES,
    url_relative="deny",
    link_rel="nofollow noopener",
)
