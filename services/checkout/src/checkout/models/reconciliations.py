"""The days on which our money was compared with Stripe's."""

from datetime import date, datetime

from sqlmodel import Field

from checkout.models.base import CheckoutTable, instant


class Reconciliation(CheckoutTable, table=True):
    """One day's comparison: how many payments were compared, and how many differ."""

    __tablename__ = "reconciliations"

    day: date = Field(primary_key=True)
    started_at: datetime = instant()
    finished_at: datetime | None = instant(default=None, nullable=True)
    payments: int = 0
    findings: int = 0
