"""What creators are shown."""

from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.api import ResponseModel
from contracts.catalog import AddressBinding
from contracts.delivery import DownloadOutcome


class OrderEventView(ResponseModel):
    """`sequence` is the order's version; `digest` chains the rows in the order in which they were recorded."""

    id: UUID
    order_id: UUID
    sequence: int
    type: str
    occurred_at: datetime
    recorded_at: datetime
    data: dict[str, Any]
    digest: str


class DownloadAttemptView(ResponseModel):
    id: UUID
    grant_id: UUID
    order_id: UUID
    at: datetime
    outcome: DownloadOutcome
    user_agent_family: str


class GrantView(ResponseModel):
    id: UUID
    order_id: UUID
    product_id: UUID
    file_id: UUID
    attempts_allowed: int
    attempts_used: int
    issued_at: datetime
    first_used_at: datetime | None
    expires_at: datetime
    address_binding: AddressBinding
    revoked_at: datetime | None
    reason: str | None
