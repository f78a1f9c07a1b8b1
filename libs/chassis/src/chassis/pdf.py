"""Plain reports as PDF: headings, lines and tables of text, on A4 pages that are numbered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fpdf import FPDF, FontFace
from fpdf.enums import TableBordersLayout

FONT = "helvetica"
"""One of the fonts that every reader has: nothing is embedded."""
ENCODING = "cp1252"
"""What that font can show."""
HEADING = FontFace(emphasis="BOLD", fill_color=(235, 235, 235))


@dataclass(frozen=True)
class Section:
    """A heading, then lines, then a table. `widths` are the columns' shares of the page; equal where not given."""

    title: str
    lines: Sequence[str] = ()
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    widths: Sequence[int] = ()


class _Report(FPDF):
    def footer(self) -> None:
        self.set_y(-12)
        self.set_font(FONT, size=8)
        self.cell(0, 5, f"{self.title} - {self.page_no()} / {{nb}}", align="C")


def document(title: str, sections: Sequence[Section], *, at: datetime) -> bytes:
    """The report `title`, made `at`. What the font cannot show is written as its code point: `<U+3042>`."""
    report = _Report()
    report.core_fonts_encoding = ENCODING
    report.set_title(shown(title))
    report.set_creation_date(at)
    report.add_page()
    report.set_font(FONT, "B", 16)
    report.multi_cell(0, 9, shown(title), new_x="LMARGIN", new_y="NEXT")
    for section in sections:
        _add(report, section)
    return bytes(report.output())


def shown(text: str) -> str:
    """`text` in characters that the font has."""
    return "".join(char if _has(char) else f"<U+{ord(char):04X}>" for char in text)


def _has(char: str) -> bool:
    try:
        char.encode(ENCODING)
    except UnicodeEncodeError:
        return False
    return char == "\n" or char.isprintable()


def _add(report: FPDF, section: Section) -> None:
    report.ln(4)
    report.set_font(FONT, "B", 11)
    report.multi_cell(0, 7, shown(section.title), new_x="LMARGIN", new_y="NEXT")
    report.set_font(FONT, size=9)
    for line in section.lines:
        report.multi_cell(0, 5, shown(line), new_x="LMARGIN", new_y="NEXT")
    if section.columns:
        _add_table(report, section)


def _add_table(report: FPDF, section: Section) -> None:
    report.set_font(FONT, size=8)
    with report.table(
        col_widths=tuple(section.widths) or None,
        borders_layout=TableBordersLayout.HORIZONTAL_LINES,
        headings_style=HEADING,
        line_height=4.5,
        text_align="LEFT",
    ) as table:
        for cells in (section.columns, *section.rows):
            row = table.row()
            for cell in cells:
                row.cell(shown(cell))
