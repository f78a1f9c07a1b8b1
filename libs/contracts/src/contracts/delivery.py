"""What delivery tells: grants and the downloads made with them."""

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from contracts.api_keys import ApiKeyUse
from contracts.event import Event, Instant


class DownloadOutcome(StrEnum):
    GRANTED = "granted"
    RESUMED = "resumed"
    REFUSED_EXPIRED = "refused_expired"
    REFUSED_EXHAUSTED = "refused_exhausted"
    REFUSED_REVOKED = "refused_revoked"
    REFUSED_ADDRESS = "refused_address"
    STORAGE_FAILED = "storage_failed"


class GrantState(Event):
    """The right to download one file of one order, within limits."""

    order_id: UUID
    creator_id: UUID
    product_id: UUID
    file_id: UUID
    attempts_allowed: int
    attempts_used: int
    expires_at: Instant
    revoked_at: Instant | None = None
    reason: str | None = None


class DownloadGranted(GrantState):
    key: ClassVar[str] = "delivery.download.granted.v1"


class DownloadAttempted(GrantState):
    """Somebody asked for the file; `outcome` says what became of it."""

    key: ClassVar[str] = "delivery.download.attempted.v1"

    attempt_id: UUID
    at: Instant
    outcome: DownloadOutcome
    user_agent_family: str


class DownloadExhausted(GrantState):
    key: ClassVar[str] = "delivery.download.exhausted.v1"


class DownloadRevoked(GrantState):
    key: ClassVar[str] = "delivery.download.revoked.v1"


class GrantUnused(GrantState):
    """Nobody has downloaded yet, and access ends in 48 hours or less: told once.

    One sequence of versions counts for a grant, whichever of its events bears it.
    """

    key: ClassVar[str] = "delivery.grant.unused.v1"


class ApiKeyUsedAtDelivery(ApiKeyUse):
    key: ClassVar[str] = "delivery.api-key.used.v1"
