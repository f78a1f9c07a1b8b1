"""Registrations as CSV."""

import csv
import io
from datetime import UTC, datetime

import pytest
from chassis.clock import new_id
from leads.models import Registration
from leads.spreadsheet import COLUMNS, cell, header, line


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
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


def test_lines_end_as_rfc_4180_says() -> None:
    assert header([]) == ",".join(COLUMNS) + "\r\n"
