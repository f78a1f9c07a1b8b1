"""Registrations as CSV (RFC 4180) in which no cell is taken for a formula. Source: OWASP ASVS 5.0, 1.2.10."""

import csv
import io
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from leads.models import Registration

COLUMNS = ("id", "email", "name", "registeredAt", "confirmedAt", "notifiedAt", "orderId")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""The last four are the full-width forms, which some spreadsheets take for the same."""


def header(fields: Sequence[str]) -> str:
    return _line([*COLUMNS, *(f"customFields.{field}" for field in fields)])


def line(registration: Registration, fields: Sequence[str]) -> str:
    """One registration; `fields` are the custom fields' names in the header's order."""
    known = (
        registration.id,
        registration.email,
        registration.name,
        registration.registered_at,
        registration.confirmed_at,
        registration.notified_at,
        registration.order_id,
    )
    return _line([*known, *(registration.custom_fields.get(field) for field in fields)])


def cell(value: Any) -> str:
    """What a spreadsheet shows as it stands."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _line(values: Sequence[Any]) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerow([cell(value) for value in values])
    return written.getvalue()
