"""Registrations as CSV."""

from collections.abc import Sequence

from chassis.spreadsheet import line as row

from leads.models import Registration

COLUMNS = ("id", "email", "name", "registeredAt", "confirmedAt", "notifiedAt", "orderId", "source")


def header(fields: Sequence[str]) -> str:
    return row([*COLUMNS, *(f"customFields.{field}" for field in fields)])


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
        registration.source,
    )
    return row([*known, *(registration.custom_fields.get(field) for field in fields)])
