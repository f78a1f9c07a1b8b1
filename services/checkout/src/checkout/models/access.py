"""What checkout has heard of the access to an order: the evidence that a buyer's bank asks for."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from checkout.models.base import CheckoutTable, enum_column, instant, words


class AccessKind(StrEnum):
    GRANTED = "granted"
    ATTEMPTED = "attempted"
    EXHAUSTED = "exhausted"
    REVOKED = "revoked"


class AccessFact(CheckoutTable, table=True):
    """One thing that delivery told; `id` is its event's. `outcome` of an attempt, or why it was revoked."""

    __tablename__ = "access_facts"
    __table_args__ = (Index("access_facts_by_order", "order_id", "at"),)

    id: UUID = Field(primary_key=True)
    order_id: UUID = Field(foreign_key="orders.id")
    grant_id: UUID
    at: datetime = instant()
    kind: AccessKind = enum_column(AccessKind)
    outcome: str | None = words(default=None)
    user_agent_family: str | None = words(default=None)


class UnusedGrant(CheckoutTable, table=True):
    """An order that nobody has downloaded, and until when it can be; `id` is the order's."""

    __tablename__ = "unused_grants"

    id: UUID = Field(primary_key=True, foreign_key="orders.id")
    expires_at: datetime = instant()
