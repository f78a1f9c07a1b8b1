"""Stripe's events, each kept once: also those that cannot be followed yet."""

from datetime import datetime
from typing import Any

from chassis.clock import backoff
from sqlalchemy import Column, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from checkout.models.base import CheckoutTable, instant, words


class StripeEvent(CheckoutTable, table=True):
    __tablename__ = "stripe_events"
    __table_args__ = (
        Index("stripe_events_due", "due_at", postgresql_where=text("applied_at IS NULL")),
        Index("stripe_events_waiting", "payment_id", postgresql_where=text("applied_at IS NULL")),
    )

    id: str = words(primary_key=True)
    type: str = words()
    payment_id: str | None = words(default=None)
    notice: dict[str, Any] | None = Field(sa_column=Column(JSONB(none_as_null=True)))
    """What of the event is needed to follow it; forgotten then, as it may name the buyer."""
    received_at: datetime = instant()
    due_at: datetime = instant()
    tries: int = 0
    applied_at: datetime | None = instant(default=None, nullable=True)

    def applied(self, now: datetime) -> None:
        self.applied_at, self.notice = now, None

    def postponed(self, now: datetime) -> None:
        """It is about an order, or a payment, that is not known yet."""
        self.tries += 1
        self.due_at = now + backoff(self.tries)
