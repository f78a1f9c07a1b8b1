"""What a creator writes can do nothing but be read."""

from html import unescape
from html.parser import HTMLParser

import pytest
from storefront.rich_text import markdown, plain

HARMLESS = {"p", "a", "pre", "code"}
ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\nscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](vbscript:msgbox(1))",
    "[x](file:///etc/passwd)",
    "[x](//evil.example/x)",
    "[x](/api/catalog/v1/sessions)",
    "<javascript:alert(1)>",
    "![x](https://evil.example/pixel.png)",
    "![x](data:image/svg+xml;base64,PHN2Zz4=)",
    '[x](https://a.example "a\\" onmouseover=\\"alert(1)")',
    "<svg/onload=alert(1)>",
    "<style>body{display:none}</style>",
    "<iframe src=https://evil.example></iframe>",
    "<a href='https://a.example' style='position:fixed;inset:0'>x</a>",
    "<form action=https://evil.example><input name=card></form>",
    "```x onmouseover=alert(1)\ncode\n```",
    "[a]: javascript:alert(1)\n[a]",
    "<!--><script>alert(1)</script>-->",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_comes_out_as_words(attack: str) -> None:
    for tag, attributes in tags(markdown(attack)):
        assert tag in HARMLESS
        assert set(attributes) <= {"href", "title", "rel"}
        assert attributes.get("href", "https:").split(":")[0] in {"http", "https", "mailto"}


def tags(html: str) -> list[tuple[str, dict[str, str]]]:
    """The tags of `html` with their attributes, as a browser would read them."""
    found: list[tuple[str, dict[str, str]]] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append((tag, {name: value or "" for name, value in attrs}))

    Reader().feed(html)
    return found


@pytest.mark.parametrize("address", ["https://a.example/x?y=1", "http://a.example", "mailto:ida@a.example"])
def test_links_to_the_web_and_to_mail_stay_and_vouch_for_nobody(address: str) -> None:
    assert f'<a href="{address}" rel="nofollow noopener">x</a>' in markdown(f"[x]({address})")


def test_headings_begin_below_the_pages_own() -> None:
    html = markdown("# One\n\n###### Six")
    assert "<h2>One</h2>" in html
    assert "<h6>Six</h6>" in html
    assert "<h1" not in html


def test_lists_tables_and_strikes_are_kept() -> None:
    html = markdown("3. a\n\n| a |\n|---|\n| b |\n\n~~c~~")
    assert '<ol start="3">' in html
    assert "<td>b</td>" in html
    assert "<del>c</del>" in html


def test_html_is_shown_as_it_is_written_and_an_address_in_brackets_is_one() -> None:
    assert markdown("<b>a</b> `<i>`") == "<p>&lt;b&gt;a&lt;/b&gt; <code>&lt;i&gt;</code></p>\n"
    assert markdown("<div>\n*a*\n</div>") == "<p>&lt;div&gt;\n<em>a</em>\n&lt;/div&gt;</p>\n"
    assert '<a href="https://a.example"' in markdown("<https://a.example>")
    assert '<a href="mailto:ida@a.example"' in markdown("<ida@a.example>")
    assert '<a href="https://a.example/my%20file.pdf"' in markdown("[x](<https://a.example/my file.pdf>)")
    assert '<a href="https://a.example?a%3Cb"' in markdown("[x](https://a.example?a<b)")
    assert markdown("\\<3 and 1 < 2") == "<p>&lt;3 and 1 &lt; 2</p>\n"


@pytest.mark.parametrize("depth", range(1, 9))
def test_html_that_half_a_code_span_hid_is_words_too(depth: int) -> None:
    """The other half stands in a tag, which is words once it was found."""
    html = markdown("<a title='`'> `" * depth + "<a href=https://evil.example>x</a>`")
    assert [tag for tag, _ in tags(html) if tag == "a"] == []
    assert "evil.example" in html


def test_a_picture_leaves_its_description() -> None:
    assert markdown("![A <b>cabin](https://evil.example/x.png)") == "<p>A &lt;b&gt;cabin</p>\n"


def test_plain_is_words_cut_at_a_word() -> None:
    assert plain("# Light\n\nForty-two **presets** & more") == "Light Forty-two presets & more"
    assert plain("word " * 100, 20) == "word word word word…"
    assert len(plain("x" * 500, 100)) <= 100


@pytest.mark.parametrize("endless", [">" * 20_000, "1. " * 6000, "|a" * 100 + "\n" + "|-" * 100 + "\nx" * 9000])
def test_what_would_come_out_far_longer_is_shown_as_it_is_written(endless: str) -> None:
    assert unescape(markdown(endless)) == f"<p>{endless}</p>\n"


def test_what_people_write_at_length_is_read() -> None:
    table = "| a | b | c | d |\n|---|---|---|---|\n" + "| 1 | 2 | 3 | 4 |\n" * 1000
    assert markdown(table).count("<td>") == 4000
    assert markdown("- **One** thing of [many](https://a.example)\n" * 400).count("<a ") == 400


def test_a_text_is_read_once_however_often_it_is_shown() -> None:
    text = "Shown **often**"
    assert markdown(text) is markdown(text)
    assert plain(text) is plain(text)
