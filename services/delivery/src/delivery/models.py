"""Grants with their limits, the append-only record, and what delivery keeps of products and orders."""

import hashlib
import json
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from chassis.clock import new_id
from chassis.errors import Problem
from contracts import Envelope
from contracts.catalog import ProductState
from contracts.checkout import DisputeClosed, OrderDisputed, OrderRefunded, OrderState, OrderStatus
from contracts.delivery import (
    DownloadAttempted,
    DownloadExhausted,
    DownloadGranted,
    DownloadOutcome,
    DownloadRevoked,
)
from sqlalchemy import BigInteger, Column, Index, Text
from sqlalchemy.dialects.postgresql import INET, JSONB
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from delivery.errors import GrantClosed, LinkExhausted, LinkExpired, LinkRefunded, LinkRevoked

WINDOW = timedelta(minutes=10)
"""One attempt: whatever is asked for within it, resumes and repeats and all, counts once."""
FIRST_DIGEST = hashlib.sha256(b"tempages order events").hexdigest()
"""What an order's chain of digests begins with."""


class DeliveryTable(SQLModel, registry=registry()):
    """Base of delivery's tables: metadata of its own."""


class MirroredProduct(DeliveryTable, table=True):
    """What a buyer gets: the product's current file, and the limits its creator set."""

    __tablename__ = "mirrored_products"

    id: UUID = Field(primary_key=True)
    version: int
    name: str = Field(sa_type=Text)
    attempts_allowed: int
    access_days: int
    file_id: UUID | None = None
    file_name: str | None = Field(default=None, sa_type=Text)
    file_type: str | None = Field(default=None, sa_type=Text)
    file_size_bytes: int | None = Field(default=None, sa_type=BigInteger)
    storage_key: str | None = Field(default=None, sa_type=Text)

    @classmethod
    def of(cls, product: ProductState) -> Self:
        file = product.file
        return cls(
            id=product.id,
            version=product.version,
            name=product.name,
            attempts_allowed=product.attempts_allowed,
            access_days=product.access_days,
            file_id=file.id if file else None,
            file_name=file.file_name if file else None,
            file_type=file.file_type if file else None,
            file_size_bytes=file.file_size_bytes if file else None,
            storage_key=file.storage_key if file else None,
        )


class Dispute(StrEnum):
    """How a dispute of the order stands, if there is one."""

    NONE = "none"
    OPEN = "open"
    LOST = "lost"


class OrderAccess(DeliveryTable, table=True):
    """What an order's events say of access, in whatever order they came."""

    __tablename__ = "order_accesses"

    order_id: UUID = Field(primary_key=True)
    refunded: bool = False
    refund_version: int = 0
    dispute: Dispute = Field(default=Dispute.NONE, sa_type=Text)
    dispute_version: int = 0
    link_generation: int = 0
    token_hash: str | None = Field(default=None, sa_type=Text)

    @property
    def ended_by(self) -> str | None:
        """Why the order gives no access at present; None when it does."""
        if self.refunded:
            return "refunded"
        return {Dispute.OPEN: "disputed", Dispute.LOST: "charged_back"}.get(Dispute(self.dispute))

    def follow(self, event: OrderState) -> None:
        """Of the refunds' events the newest counts (a refund can fail, and give back), and of a dispute's."""
        if isinstance(event, OrderRefunded) and event.version > self.refund_version:
            self.refund_version, self.refunded = event.version, event.access_revoked
        elif isinstance(event, OrderDisputed | DisputeClosed) and event.version > self.dispute_version:
            self.dispute_version, self.dispute = event.version, _dispute_after(event)

    def take_link(self, token_hash: str, generation: int) -> None:
        """The newest link is the one that opens."""
        if generation > self.link_generation:
            self.token_hash, self.link_generation = token_hash, generation


def _dispute_after(event: OrderDisputed | DisputeClosed) -> Dispute:
    if isinstance(event, OrderDisputed):
        return Dispute.OPEN
    return Dispute.LOST if event.status is OrderStatus.CHARGED_BACK else Dispute.NONE


class DownloadGrant(DeliveryTable, table=True):
    """The right to download one file of one order. `window_ends_at`: until then, asking again is free."""

    __tablename__ = "download_grants"
    __table_args__ = (
        Index("download_grants_order_id", "order_id", "product_id", unique=True),
        Index("download_grants_token_hash", "token_hash", unique=True),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    version: int = 1
    order_id: UUID
    creator_id: UUID
    product_id: UUID
    file_id: UUID
    token_hash: str = Field(sa_type=Text)
    attempts_allowed: int
    attempts_used: int = 0
    expires_at: datetime
    revoked_at: datetime | None = None
    reason: str | None = Field(default=None, sa_type=Text)
    window_ends_at: datetime | None = None
    window_attempt_id: UUID | None = None
    """The attempt that opened the window: what a storage failure gives back."""

    def granted(self) -> DownloadGranted:
        return DownloadGranted(**self._state())

    def revoke(self, reason: str, now: datetime) -> DownloadRevoked | None:
        """None when it was revoked for that reason already."""
        if self.revoked_at is not None and reason == self.reason:
            return None
        self.revoked_at, self.reason = now, reason
        self.version += 1
        return DownloadRevoked(**self._state())

    def restore(self) -> DownloadGranted:
        self.revoked_at = self.reason = None
        self.version += 1
        return self.granted()

    def reset_attempts(self) -> DownloadGranted:
        self.attempts_used = 0
        self.window_ends_at = self.window_attempt_id = None
        self.version += 1
        return self.granted()

    def replace_link(self, token_hash: str) -> DownloadGranted:
        """The old token opens nothing from now on."""
        self.token_hash = token_hash
        self.version += 1
        return self.granted()

    def attempted(self, attempt: "DownloadAttempt") -> DownloadAttempted:
        return DownloadAttempted(
            **self._state(),
            attempt_id=attempt.id,
            at=attempt.at,
            outcome=attempt.outcome,
            user_agent_family=attempt.user_agent_family,
        )

    def exhausted(self) -> DownloadExhausted:
        return DownloadExhausted(**self._state())

    def is_used_up(self) -> bool:
        return self.attempts_used >= self.attempts_allowed

    def refusal(self, now: datetime) -> tuple[DownloadOutcome, Problem] | None:
        """Why it does not open at `now`; None when it does."""
        if self.revoked_at is not None:
            refunded = self.reason in {"refunded", "charged_back"}
            return DownloadOutcome.REFUSED_REVOKED, LinkRefunded() if refunded else LinkRevoked()
        if now >= self.expires_at:
            return DownloadOutcome.REFUSED_EXPIRED, LinkExpired()
        in_window = self.window_ends_at is not None and now < self.window_ends_at
        if self.is_used_up() and not in_window:
            return DownloadOutcome.REFUSED_EXHAUSTED, LinkExhausted()
        return None

    def _state(self) -> dict[str, Any]:
        return self.model_dump(exclude={"token_hash", "window_ends_at", "window_attempt_id"})


def must_be_open(access: OrderAccess) -> None:
    """Raises GrantClosed when a refund or a dispute ended the order's access."""
    if access.ended_by is not None:
        raise GrantClosed(f"The order is {access.ended_by}.")


class DownloadAttempt(DeliveryTable, table=True):
    """Somebody asked for the file. Append-only; partitioned by month."""

    __tablename__ = "download_attempts"
    __table_args__ = (
        Index("download_attempts_order_id", "order_id", "id"),
        Index("download_attempts_at", "at", postgresql_using="brin"),
        {"postgresql_partition_by": "RANGE (at)"},
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    at: datetime = Field(primary_key=True)
    grant_id: UUID
    order_id: UUID
    outcome: DownloadOutcome = Field(sa_type=Text)
    user_agent_family: str = Field(sa_type=Text)


class ClientAddress(DeliveryTable, table=True):
    """From where an attempt came. Kept apart, a partition a day, dropped after 30 days."""

    __tablename__ = "client_addresses"
    __table_args__ = ({"postgresql_partition_by": "RANGE (at)"},)

    attempt_id: UUID = Field(primary_key=True)
    at: datetime = Field(primary_key=True)
    ip: str = Field(sa_column=Column(INET, nullable=False))


class OrderChain(DeliveryTable, table=True):
    """The head of an order's chain; its row lock puts an order's events in one order of recording."""

    __tablename__ = "order_chains"

    order_id: UUID = Field(primary_key=True)
    creator_id: UUID
    length: int = 0
    digest: str = Field(default=FIRST_DIGEST, sa_type=Text)

    def append(self, envelope: Envelope[OrderState], now: datetime) -> "OrderEvent":
        """The next row of the chain."""
        event = OrderEvent(
            id=envelope.id,
            order_id=self.order_id,
            position=self.length + 1,
            sequence=envelope.sequence,
            type=envelope.data.key,
            occurred_at=envelope.time,
            recorded_at=now,
            data=envelope.data.model_dump(mode="json", by_alias=True, exclude={"token_hash"}),
            digest="",
        )
        event.digest = self.digest = event.digest_after(self.digest)
        self.length += 1
        return event


class OrderEvent(DeliveryTable, table=True):
    """What an order went through. Append-only; partitioned by month; `position` counts in order of recording."""

    __tablename__ = "order_events"
    __table_args__ = (
        Index("order_events_order_id", "order_id", "position"),
        Index("order_events_recorded_at", "recorded_at", postgresql_using="brin"),
        {"postgresql_partition_by": "RANGE (recorded_at)"},
    )

    id: UUID = Field(primary_key=True)
    recorded_at: datetime = Field(primary_key=True)
    order_id: UUID
    position: int
    sequence: int
    type: str = Field(sa_type=Text)
    occurred_at: datetime
    data: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    digest: str = Field(sa_type=Text)

    def digest_after(self, previous: str) -> str:
        """SHA-256, in hex, over the previous digest and everything else in this row."""
        row = self.model_dump(mode="json", exclude={"digest"})
        canonical = json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(f"{previous}\n{canonical}".encode()).hexdigest()
