"""Reports as PDF."""

from datetime import UTC, datetime

from chassis.pdf import Section, document, shown
from chassis.testing import pdf_text

AT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def test_a_report_has_its_headings_lines_and_tables() -> None:
    table = Section("Downloads", ("two of five",), ("when", "outcome"), (("08:00", "granted"), ("09:00", "résumé")))
    text = pdf_text(document("Evidence", [table], at=AT))
    for part in ("Evidence", "Downloads", "two of five", "when", "outcome", "granted", "résumé"):
        assert part in text


def test_a_long_table_goes_on_with_its_heading_on_the_next_page() -> None:
    rows = [(str(number), "granted") for number in range(200)]
    text = pdf_text(document("Evidence", [Section("All", columns=("n", "outcome"), rows=rows)], at=AT))
    pages = text.count("outcome")
    assert pages > 2
    assert f"{pages} / \n{pages}" in text
    assert "199" in text.split()


def test_what_the_font_cannot_show_is_still_told() -> None:
    assert shown("Käse €5 · あ 🎈\n") == "Käse €5 · <U+3042> <U+1F388>\n"
    assert shown("a\0b") == "a<U+0000>b"
    text = pdf_text(document("あ", [Section("€5", ("\0",), ("🎈",), (("あ",),))], at=AT))
    for part in ("<U+3042>", "€5", "<U+0000>", "<U+1F388>"):
        assert part in text


def test_the_same_report_is_the_same_bytes() -> None:
    assert document("A", [Section("B")], at=AT) == document("A", [Section("B")], at=AT)
