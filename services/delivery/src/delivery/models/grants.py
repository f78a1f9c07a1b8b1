"""The right to download, with its limits."""

from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Any
from uuid import UUID

from chassis.clock import new_id
from chassis.errors import Problem
from contracts.catalog import AddressBinding
from contracts.delivery import (
    DownloadAttempted,
    DownloadExhausted,
    DownloadGranted,
    DownloadOutcome,
    DownloadRevoked,
    GrantState,
    GrantUnused,
)
from sqlalchemy import Column, Index, Text, false, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from delivery.errors import LinkElsewhere, LinkExhausted, LinkExpired, LinkRefunded, LinkRevoked, LinkSuspended
from delivery.models.base import DeliveryTable
from delivery.models.record import DownloadAttempt

WINDOW = timedelta(minutes=10)
"""One attempt: whatever is asked for within it, resumes and repeats and all, counts once."""
BY_HAND = "creator"
"""Why a grant is revoked that its creator revoked: no dispute that is won undoes that."""
REFUSED_BY_REASON: dict[str | None, type[Problem]] = {
    "refunded": LinkRefunded,
    "charged_back": LinkRefunded,
    "disputed": LinkSuspended,
}
"""What a buyer is told of a revoked grant, by its reason; LinkRevoked of any other."""


class DownloadGrant(DeliveryTable, table=True):
    """The right to download one file of one order. `window_ends_at`: until then, asking again is free."""

    __tablename__ = "download_grants"
    __table_args__ = (
        Index("download_grants_order_id", "order_id", "product_id", unique=True),
        Index("download_grants_token_hash", "token_hash", unique=True),
        Index("download_grants_product_id", "product_id"),
        Index("download_grants_sales_page_id", "sales_page_id"),
        Index(
            "download_grants_unused",
            "expires_at",
            postgresql_where=text("first_used_at IS NULL AND revoked_at IS NULL AND unused_told_at IS NULL"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    version: int = 1
    order_id: UUID
    creator_id: UUID
    sales_page_id: UUID | None = None
    """None of an order whose events were not heard."""
    product_id: UUID
    file_id: UUID
    token_hash: str = Field(sa_type=Text)
    attempts_allowed: int
    attempts_used: int = 0
    issued_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    reason: str | None = Field(default=None, sa_type=Text)
    revoked_by_creator: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    """Also while `reason` is a refund's or a dispute's."""
    window_ends_at: datetime | None = None
    window_attempt_id: UUID | None = None
    """The attempt that opened the window: what a storage failure gives back."""
    first_used_at: datetime | None = None
    unused_told_at: datetime | None = None
    address_binding: AddressBinding = Field(
        default=AddressBinding.NONE, sa_type=Text, sa_column_kwargs={"server_default": "none"}
    )
    bound_to: str | None = Field(default=None, sa_type=Text)
    """The mark of the address that the link was first used from; see `delivery.addresses`."""
    refusals: dict[str, int] = Field(
        default_factory=dict, sa_column=Column(JSONB, nullable=False, server_default=text("'{}'"))
    )
    """How often it was refused, by outcome."""

    def granted(self) -> DownloadGranted:
        return DownloadGranted(**self._state())

    def revoke(self, reason: str, now: datetime) -> DownloadRevoked | None:
        """None when it was revoked for that reason already."""
        if self.revoked_at is not None and reason == self.reason:
            return None
        self.revoked_at, self.reason = now, reason
        self.version += 1
        return DownloadRevoked(**self._state())

    def revoke_by_hand(self, now: datetime) -> DownloadRevoked | None:
        """None when something ended it already."""
        self.revoked_by_creator = True
        return self.revoke(BY_HAND, now) if self.revoked_at is None else None

    def reopen(self, now: datetime) -> DownloadGranted | DownloadRevoked | None:
        """The order gives access again; what its creator took back stays so. None when nothing changes."""
        if self.revoked_at is None:
            return None
        return self.revoke(BY_HAND, now) if self.revoked_by_creator else self.restore()

    def restore(self) -> DownloadGranted:
        self.revoked_by_creator = False
        self.revoked_at = self.reason = None
        self.version += 1
        return self.granted()

    def reset_attempts(self) -> DownloadGranted:
        """As at first: whoever comes next is also whom the link is bound to."""
        self.attempts_used = 0
        self.window_ends_at = self.window_attempt_id = self.bound_to = None
        self.version += 1
        return self.granted()

    def replace_link(self, token_hash: str) -> DownloadGranted:
        """The old token opens nothing from now on; the new one is bound to where it is first used."""
        self.token_hash = token_hash
        self.bound_to = None
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

    def tell_unused(self, now: datetime) -> GrantUnused:
        """It ends soon and nobody used it: told once."""
        self.unused_told_at = now
        self.version += 1
        return GrantUnused(**self._state())

    def is_used_up(self) -> bool:
        return self.attempts_used >= self.attempts_allowed

    def refusal(self, now: datetime, mark: str | None) -> tuple[DownloadOutcome, Problem] | None:
        """Why it does not open at `now` to who comes from the address of `mark`; None when it does."""
        if (revocation := self.revocation()) is not None:
            return DownloadOutcome.REFUSED_REVOKED, revocation
        if now >= self.expires_at:
            return DownloadOutcome.REFUSED_EXPIRED, LinkExpired()
        if self.bound_to is not None and not compare_digest(self.bound_to, mark or ""):
            return DownloadOutcome.REFUSED_ADDRESS, LinkElsewhere()
        in_window = self.window_ends_at is not None and now < self.window_ends_at
        if self.is_used_up() and not in_window:
            return DownloadOutcome.REFUSED_EXHAUSTED, LinkExhausted()
        return None

    def revocation(self) -> Problem | None:
        """What a buyer is told while it is revoked; None while it is not."""
        return None if self.revoked_at is None else REFUSED_BY_REASON.get(self.reason, LinkRevoked)()

    def count_refusal(self, outcome: DownloadOutcome) -> None:
        self.refusals = {**self.refusals, outcome.value: self.refusals.get(outcome.value, 0) + 1}

    def _state(self) -> dict[str, Any]:
        return self.model_dump(include=set(GrantState.model_fields))
