"""The append-only record: what orders went through, and every download that was asked for."""

import hashlib
import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from chassis.clock import new_id
from contracts import Envelope
from contracts.checkout import OrderState
from contracts.delivery import DownloadOutcome
from sqlalchemy import Column, Index, Text
from sqlalchemy.dialects.postgresql import INET, JSONB
from sqlmodel import Field

from delivery.models.base import DeliveryTable

FIRST_DIGEST = hashlib.sha256(b"tempages order events").hexdigest()
"""What an order's chain of digests begins with."""
KEEP_ADDRESSES = timedelta(days=30)


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
    removed: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    """How many of its first events have been kept long enough, and are gone."""
    removed_digest: str | None = Field(default=None, sa_type=Text)
    """The digest of the last of them: what the first one left follows on."""

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
