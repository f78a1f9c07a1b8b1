"""Registrations as CSV."""

import csv
import io
from datetime import UTC, datetime
from typing import Any

import pytest
from chassis.clock import new_id
from chassis.spreadsheet import cell
from hypothesis import given
from hypothesis import strategies as st
from leads.models import Registration
from leads.spreadsheet import COLUMNS, header, line

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


@pytest.mark.parametrize("start", FORMULA_STARTS)
def test_no_cell_is_taken_for_a_formula(start: str) -> None:
    assert cell(f"{start}cmd()") == f"'{start}cmd()"


def test_every_cell_comes_back_as_it_was() -> None:
    registration = Registration(
        sales_page_id=new_id(),
        email="grace@example.com",
        name='Grace "Amazing" Hopper,\r\nRear Admiral',
        custom_fields={"size": "M", "news": True, "count": -3},
        registered_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    )
    fields = ["size", "news", "count", "missing"]
    (row,) = csv.DictReader(io.StringIO(header(fields) + line(registration, fields), newline=""))
    assert row["name"] == registration.name
    assert row["registeredAt"] == "2026-01-02T03:04:05Z"
    assert row["confirmedAt"] == ""
    assert (row["customFields.size"], row["customFields.news"]) == ("M", "true")
    assert (row["customFields.count"], row["customFields.missing"]) == ("'-3", "")


@given(
    name=st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
    | st.sampled_from(["=1+1", "+1", "-1", "@SUM(A1)", '\t=1"', "\r\n=1", '",=1', "'=1", "\uff1d1"]),
    answers=st.dictionaries(
        st.sampled_from(["size", "news"]),
        st.text(max_size=20) | st.booleans() | st.integers() | st.floats(),
        max_size=2,
    ),
)
def test_whatever_was_typed_stands_in_its_own_cell_and_is_no_formula(name: str, answers: dict[str, Any]) -> None:
    typed = Registration(
        sales_page_id=new_id(),
        email="+grace@example.com",
        name=name,
        custom_fields=answers,
        registered_at=datetime(2026, 1, 2, tzinfo=UTC),
    )
    fields = ["size", "news"]
    (row,) = csv.DictReader(io.StringIO(header(fields) + line(typed, fields), newline=""))
    assert row["name"].removeprefix("'") == name.removeprefix("'")
    assert row["email"] == "'+grace@example.com"
    assert not any(value.startswith(FORMULA_STARTS) for value in row.values())


def test_lines_end_as_rfc_4180_says() -> None:
    assert header([]) == ",".join(COLUMNS) + "\r\n"
