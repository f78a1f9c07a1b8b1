"""File names, as people and programs give them, and the header and the sheet that they end up in."""

import csv
import io
import re
import unicodedata
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

from catalog.file_names import MAX_BYTES, clean, free
from catalog.file_types import SIGNATURES, agrees
from chassis.object_store import attachment
from chassis.pdf import shown
from chassis.spreadsheet import cell, line
from hypothesis import strategies as st

from .inputs import ANY_TEXT, JSON, TEXT, fuzz

NAMES = ANY_TEXT | st.lists(
    ANY_TEXT
    | st.sampled_from(["../", "..\\", "C:\\", "/", ".", "..", " ", "\u202e", "\u200d", "\u2066", "\u0301", "\x00"])
    | st.sampled_from(["CON", "nul.txt", "a" * 300, "語" * 90, ".tar.gz", '"', "%", ";", ":", "\ufeff", "\ud800"]),
    max_size=8,
).map("".join)
UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp", "Co", "Cn"}
FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 - some spreadsheets take them too


def must_be_clean(name: str) -> None:
    assert len(name.encode()) <= MAX_BYTES
    assert not re.search(r"[/\\]", name)
    assert name not in {".", ".."}
    assert not {unicodedata.category(char) for char in name} & UNSEEN
    assert name == name.strip()


@fuzz(name=NAMES)
def test_a_name_is_a_name_and_cleaning_it_again_changes_nothing(name: str) -> None:
    cleaned = clean(name)
    must_be_clean(cleaned)
    assert clean(cleaned) == cleaned


@fuzz(name=NAMES, others=st.integers(0, 12))
def test_a_name_that_was_free_is_clean_too(name: str, others: int) -> None:
    taken: set[str] = set()
    for _ in range(others):
        taken.add(free(clean(name) or "file", taken))
    assert len(taken) == others
    for each in taken:
        must_be_clean(each)


@fuzz(name=NAMES)
def test_a_header_names_the_file_and_nothing_else(name: str) -> None:
    """Read again by another's parser (RFC 6266, RFC 8187)."""
    cleaned = clean(name) or "file"
    header = attachment(cleaned)
    assert re.fullmatch(r"[ -~]+", header)
    read = EmailMessage()
    read["Content-Disposition"] = header
    assert read.get_content_disposition() == "attachment"
    assert header.count('"') == 2
    assert header.count("filename") == 2


@fuzz(head=st.binary(max_size=512), kind=st.sampled_from(sorted(SIGNATURES)) | TEXT)
def test_the_first_bytes_of_anything_can_be_judged(head: bytes, kind: str) -> None:
    agrees(head, kind)


VALUES = (
    TEXT
    | st.builds(lambda start, rest: start + rest, st.sampled_from(FORMULAS), TEXT)
    | st.sampled_from([None, True, False, -3, '",=1', "'=1", "a,b", 'say "it"', "two\r\nlines"])
    | st.integers()
    | st.floats()
    | st.datetimes(timezones=st.just(UTC))
)


@fuzz(values=st.lists(VALUES, min_size=1, max_size=6))
def test_a_row_comes_back_as_its_cells_and_none_is_a_formula(values: list[Any]) -> None:
    written = line(values)
    assert written.endswith("\r\n")
    (row,) = csv.reader(io.StringIO(written, newline=""))
    assert row == [cell(value) for value in values]
    assert not any(value.startswith(FORMULAS) for value in row)
    for value, kept in zip(values, row, strict=True):
        if isinstance(value, str):
            assert kept in {value, f"'{value}"}
        if isinstance(value, datetime):
            assert datetime.fromisoformat(kept) == value


@fuzz(value=JSON | ANY_TEXT)
def test_a_document_is_drawn_of_any_text(value: Any) -> None:
    text = shown(str(value))
    assert all(char == "\n" or char.isprintable() for char in text)
