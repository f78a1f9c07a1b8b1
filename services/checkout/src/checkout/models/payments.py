"""What was asked of Stripe about an order, and what Stripe has made of it: session, refunds, dispute."""

from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Any
from uuid import UUID

from chassis.clock import new_id
from sqlalchemy import Column, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from checkout.models.base import CheckoutTable, enum_column, instant, words
from checkout.models.orders import Order

FIRST_LOOK = timedelta(minutes=1)
"""A session that was not opened by then was interrupted."""
LOOK_EVERY = timedelta(minutes=10)
LOOK_WHILE_MONEY_TRAVELS = timedelta(hours=6)
LEASE = timedelta(minutes=1)
"""How long a row that one process works on is left alone by the others."""


class CheckoutSession(CheckoutTable, table=True):
    """The one Checkout Session of an order that costs something."""

    __tablename__ = "checkout_sessions"
    __table_args__ = (Index("checkout_sessions_due", "ask_due_at", postgresql_where=text("ask_due_at IS NOT NULL")),)

    id: UUID = Field(primary_key=True)
    order_id: UUID = Field(unique=True, foreign_key="orders.id")
    attempt: int = 1
    request: dict[str, Any] | None = Field(sa_column=Column(JSONB(none_as_null=True)))
    """What is asked of Stripe, word for word the same under one idempotency key; forgotten once it was answered."""
    application_fee: int
    stripe_session_id: str | None = words(default=None, unique=True)
    url: str | None = words(default=None)
    """Where buyers are sent; None while nobody was, and when it has ended."""
    expires_at: datetime = instant()
    committed_at: datetime | None = instant(default=None, nullable=True)
    """When the buyer confirmed the payment."""
    settled_at: datetime | None = instant(default=None, nullable=True)
    """When the payment was followed: once."""
    ask_due_at: datetime | None = instant(default=None, nullable=True)
    """When Stripe is asked next what became of it; None when nothing more is to be learnt."""
    tries: int = 0

    @classmethod
    def wanted(
        cls, order: Order, request: dict[str, Any], application_fee: int, expires_at: datetime
    ) -> "CheckoutSession":
        return cls(
            id=new_id(),
            order_id=order.id,
            request=request,
            application_fee=application_fee,
            expires_at=expires_at,
            ask_due_at=order.created_at + FIRST_LOOK,
        )

    @property
    def idempotency_key(self) -> str:
        return f"session:{self.id}:{self.attempt}"

    def opened(self, stripe_session_id: str, url: str | None, now: datetime, page_closes_at: datetime) -> None:
        self.stripe_session_id, self.url = stripe_session_id, url
        self.request = None
        self.ask_due_at = min(now + LOOK_EVERY, page_closes_at)
        self.tries = 0

    def looked(self, now: datetime, page_closes_at: datetime) -> None:
        """Stripe was asked and the order is still unpaid."""
        self.tries = 0
        if self.committed_at is not None:
            self.ask_due_at = now + LOOK_WHILE_MONEY_TRAVELS
        else:
            self.ask_due_at = min(now + LOOK_EVERY, max(page_closes_at, now + LEASE))

    def ended(self) -> None:
        """Nothing more is to be learnt about it."""
        self.ask_due_at = self.url = self.request = None


class RefundStatus(StrEnum):
    """Stripe's states, and `requested` before Stripe has answered."""

    REQUESTED = "requested"
    PENDING = "pending"
    REQUIRES_ACTION = "requires_action"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"


class Refund(CheckoutTable, table=True):
    """One refund, whoever made it. The order's total is not their sum: it is set from Stripe."""

    __tablename__ = "refunds"
    __table_args__ = (
        Index("refunds_by_order", "order_id"),
        Index("refunds_due", "due_at", postgresql_where=text("status = 'requested'")),
    )

    id: UUID = Field(primary_key=True)
    order_id: UUID = Field(foreign_key="orders.id")
    payment_id: str = words()
    stripe_refund_id: str | None = words(default=None, unique=True)
    amount: int
    status: RefundStatus = enum_column(RefundStatus, default=RefundStatus.REQUESTED)
    revoke_access: bool
    reason: str = words()
    """creator, late-payment, or stripe for one made in Stripe's dashboard."""
    failure: str | None = words(default=None)
    attempt: int = 1
    tries: int = 0
    created_at: datetime = instant()
    due_at: datetime = instant()

    @property
    def idempotency_key(self) -> str:
        return f"refund:{self.id}:{self.attempt}"

    @property
    def counts(self) -> bool:
        """Whether the money is on its way to the buyer, or there."""
        return self.status in {RefundStatus.PENDING, RefundStatus.REQUIRES_ACTION, RefundStatus.SUCCEEDED}

    @property
    def is_under_way(self) -> bool:
        """Whether it may still be made, or was."""
        return self.status is RefundStatus.REQUESTED or self.counts


class DisputeStage(IntEnum):
    """How far a dispute has come; it never goes back."""

    INQUIRY = 0
    OPEN = 1
    CLOSED = 2


class Dispute(CheckoutTable, table=True):
    __tablename__ = "disputes"

    id: UUID = Field(primary_key=True)
    order_id: UUID = Field(foreign_key="orders.id", index=True)
    stripe_dispute_id: str = words(unique=True)
    amount: int
    currency: str = words()
    reason: str = words()
    stripe_status: str = words()
    stage: int = DisputeStage.INQUIRY
    created_at: datetime = instant()
    due_by: datetime | None = instant(default=None, nullable=True)
    """Until when the bank takes evidence."""
    evidence_submitted_at: datetime | None = instant(default=None, nullable=True)
    closed_at: datetime | None = instant(default=None, nullable=True)

    @property
    def is_lost(self) -> bool:
        return self.stripe_status == "lost"
