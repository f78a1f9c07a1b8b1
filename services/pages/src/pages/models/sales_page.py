"""A sales page and its life. What changes its public state raises its version and answers the event that tells it."""

from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from chassis.clock import new_id
from chassis.errors import Invalid
from contracts.pages import (
    AfterExpiry,
    FormField,
    LatePayment,
    PageExpired,
    PageExpiring,
    PageLaunched,
    PagePublished,
    PageState,
    PageStatus,
    PageUpdated,
    PageWithdrawn,
)
from sqlalchemy import Column, DateTime, Index, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from pages.errors import AlreadyLaunched, ExtensionLimitReached, NotADraft, NotPublished, PageOver
from pages.models.short_ids import new_short_id
from pages.models.table import EnumText, PagesTable

P = TypeVar("P", bound=PageState)
WARNED_BEFORE = timedelta(hours=24)
"""How long before its expiry a page is told to be about to close."""
FIXED_ONCE_PUBLISHED = frozenset({"product_ids", "expires_at"})
OPEN_AFTER_EXPIRY = frozenset({"after_expiry", "successor_short_id"})
"""What an expired page shows can still be changed; what it sold, and when, cannot."""
OWN = {"registration_form", "after_expiry", "extensions", "former_expiries", "extension_limit", "relaunch_of"}
COPIED = {
    "creator_id",
    "product_ids",
    "time_zone",
    "quantity_limit",
    "customization",
    "registration_form",
    "late_payment",
    "early_access_minutes",
    "waiting_list",
    "extension_limit",
}
"""What the next edition of a page begins with; what becomes of it after its expiry is not among it."""
TOLD_AT = {"launched_at", "warned_at", "expired_at"}


def _untold(name: str, due: str, told_at: str) -> Index:
    """Over the instants that are still to be announced."""
    return Index(name, due, postgresql_where=text(f"status = 'published' AND {told_at} IS NULL"))


class SalesPage(PagesTable, table=True):
    """A page sells in [launch_at, expires_at). What was due and told has its instant in `launched_at`, `expired_at`.

    `former_expiries` are the instants at which it was to close before it was extended, the first one first.
    """

    __tablename__ = "sales_pages"
    __table_args__ = (
        Index("sales_pages_short_id", "short_id", unique=True),
        Index("sales_pages_creator_id", "creator_id", "id"),
        Index("sales_pages_product_ids", "product_ids", postgresql_using="gin"),
        Index("sales_pages_successor_short_id", "successor_short_id"),
        _untold("sales_pages_launch_at", "launch_at", "launched_at"),
        _untold("sales_pages_unwarned", "expires_at", "warned_at"),
        _untold("sales_pages_expires_at", "expires_at", "expired_at"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    version: int = 1
    short_id: str = Field(default_factory=new_short_id, sa_type=Text)
    creator_id: UUID
    product_ids: list[UUID] = Field(sa_column=Column(ARRAY(Uuid), nullable=False))
    status: PageStatus = Field(default=PageStatus.DRAFT, sa_type=EnumText(PageStatus))
    created_at: datetime
    updated_at: datetime
    launch_at: datetime | None = None
    expires_at: datetime
    time_zone: str = Field(sa_type=Text)
    quantity_limit: int | None = None
    customization: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    registration_form: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    after_expiry: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    late_payment: LatePayment = Field(default=LatePayment.HARD, sa_type=EnumText(LatePayment))
    early_access_minutes: int = 0
    waiting_list: bool = False
    extensions: int = 0
    extension_limit: int | None = None
    former_expiries: list[datetime] = Field(
        default_factory=list, sa_column=Column(ARRAY(DateTime(timezone=True)), nullable=False)
    )
    edition: int = 1
    relaunch_of: UUID | None = None
    successor_short_id: str | None = Field(default=None, sa_type=Text)
    launched_at: datetime | None = None
    warned_at: datetime | None = None
    expired_at: datetime | None = None

    @property
    def product_id(self) -> UUID:
        return self.product_ids[0]

    def check_instants(self, now: datetime) -> None:
        """Raises Invalid, naming the field, unless it can still open before it closes."""
        if self.expires_at <= now:
            raise Invalid("#/expiresAt", "The page would have expired before anybody saw it.")
        if self.launch_at is not None and self.launch_at >= self.expires_at:
            raise Invalid("#/launchAt", "The page would launch when it has expired.")

    def publish(self, now: datetime) -> PagePublished:
        if self.status != PageStatus.DRAFT:
            raise NotADraft
        self.check_instants(now)
        self.launch_at = max(self.launch_at or now, now)
        self.status = PageStatus.PUBLISHED
        self._warn_only_ahead(now)
        return self._changed(PagePublished, now)

    def change(self, changes: dict[str, Any], now: datetime) -> PageUpdated | None:
        """Apply `changes` by their names; what a published page became, None for a draft."""
        if self.status != PageStatus.DRAFT:
            self._must_allow(changes, now)
        for name, value in changes.items():
            setattr(self, name, value)
        if changes.keys() & {"launch_at", "expires_at"}:
            self.check_instants(now)
        if "launch_at" in changes:
            self.launched_at = None  # told by a clock that is ahead: at its new launch it is told again
        if self.status == PageStatus.DRAFT:
            self.version += 1
            self.updated_at = now
            return None
        return self._changed(PageUpdated, now)

    def _must_allow(self, changes: dict[str, Any], now: datetime) -> None:
        if not changes.keys() <= OPEN_AFTER_EXPIRY:
            self._must_run(now)
        elif self.status != PageStatus.PUBLISHED:
            raise NotPublished
        if changes.keys() & FIXED_ONCE_PUBLISHED:
            raise NotADraft("What is sold stays, and the expiry moves by extending the page.")
        if "launch_at" in changes:
            self._must_move_launch(changes["launch_at"], now)
        if "extension_limit" in changes:
            self._must_keep_promise(changes["extension_limit"])

    def _must_move_launch(self, launch_at: datetime | None, now: datetime) -> None:
        if launch_at is None or self.launch_at is None or now >= self.launch_at:
            raise AlreadyLaunched
        if launch_at <= now:
            raise Invalid("#/launchAt", "The launch would have passed already; it can be moved to an instant to come.")

    def _must_keep_promise(self, limit: int | None) -> None:
        if self.extension_limit is not None and (limit is None or limit > self.extension_limit):
            raise Invalid("#/extensionLimit", "The limit was published: it can be lowered, and not taken back.")

    def extend(self, expires_at: datetime, now: datetime) -> PageUpdated:
        """Later only, for all to see, and no more often than its creator promised."""
        self._must_run(now)
        if self.extension_limit is not None and self.extensions >= self.extension_limit:
            raise ExtensionLimitReached(self.extension_limit)
        if expires_at <= self.expires_at:
            raise Invalid("#/expiresAt", "An extension ends later than the page does now.")
        self.former_expiries = [*self.former_expiries, self.expires_at]
        self.expires_at = expires_at
        self.extensions += 1
        self.warned_at = None
        self.expired_at = None  # told by a clock that is ahead: at its new end it is told again
        self._warn_only_ahead(now)
        return self._changed(PageUpdated, now)

    def _warn_only_ahead(self, now: datetime) -> None:
        """Who set an expiry within a day need not be told that it is near."""
        if self.expires_at - WARNED_BEFORE <= now:
            self.warned_at = now

    def _must_run(self, now: datetime) -> None:
        if self.status != PageStatus.PUBLISHED:
            raise NotPublished
        if now >= self.expires_at:
            raise PageOver

    def withdraw(self, now: datetime) -> PageWithdrawn | None:
        """None when it was withdrawn before."""
        if self.status == PageStatus.WITHDRAWN:
            return None
        if self.status == PageStatus.DRAFT:
            raise NotPublished
        self.status = PageStatus.WITHDRAWN
        return self._changed(PageWithdrawn, now)

    def erase(self, now: datetime) -> PageWithdrawn | None:
        """Withdraw it, and forget what its creator wrote; None when nobody knows anything of it any more.

        One that was withdrawn before is told again, and closed when it did: `updated_at` stays.
        """
        if self.status != PageStatus.WITHDRAWN:
            self._forget_texts()
            return self.withdraw(now)
        told = self._state(PageWithdrawn, now)
        self._forget_texts()
        if self._state(PageWithdrawn, now) == told:
            return None
        self.version += 1
        return self._state(PageWithdrawn, now)

    def _forget_texts(self) -> None:
        self.customization = {}
        self.registration_form = []
        self.after_expiry = {}

    def lead_to(self, successor: "SalesPage", now: datetime) -> PageUpdated:
        """From its expiry on this page's address leads to its next edition."""
        self.successor_short_id = successor.short_id
        self.after_expiry = {"mode": "successor", "message": self.after_expiry.get("message", "")}
        return self._changed(PageUpdated, now)

    def next_edition(self, now: datetime, *, launch_at: datetime | None, expires_at: datetime | None) -> "SalesPage":
        """A draft like this page, that sells as long as this one was first meant to unless it is said otherwise."""
        if self.launch_at is None:
            raise NotPublished
        first_expiry = self.former_expiries[0] if self.former_expiries else self.expires_at
        draft = SalesPage(
            **self.model_dump(include=COPIED),
            created_at=now,
            updated_at=now,
            launch_at=launch_at,
            expires_at=expires_at or (launch_at or now) + (first_expiry - self.launch_at),
            after_expiry={"mode": "message", "message": ""},
            edition=self.edition + 1,
            relaunch_of=self.id,
        )
        draft.check_instants(now)
        return draft

    def announce(self, now: datetime) -> list[PageState]:
        """What is due at `now` and was not told yet, in its order."""
        told: list[PageState] = []
        if self.launched_at is None and self.launch_at is not None and now >= self.launch_at:
            self.launched_at = now
            told.append(self._changed(PageLaunched, now))
        if self.warned_at is None and now >= self.expires_at - WARNED_BEFORE:
            self.warned_at = now
            if now < self.expires_at:  # too late for a warning otherwise
                told.append(self._changed(PageExpiring, now))
        if self.expired_at is None and now >= self.expires_at:
            self.expired_at = now
            told.append(self._changed(PageExpired, now))
        return told

    def retold(self, now: datetime) -> PageState:
        """As it is, under the version it has."""
        return self._state(PageWithdrawn if self.status == PageStatus.WITHDRAWN else PageUpdated, now)

    def _changed(self, event: type[P], now: datetime) -> P:
        self.version += 1
        self.updated_at = now
        return self._state(event, now)

    def _state(self, event: type[P], now: datetime) -> P:
        assert self.launch_at is not None, "only a published page tells"
        return event(
            **self.model_dump(exclude=OWN | TOLD_AT),
            product_id=self.product_id,
            is_pre_launch=now < self.launch_at,
            registration_form=[FormField.model_validate(field) for field in self.registration_form],
            after_expiry=AfterExpiry.model_validate(self.after_expiry),
            extension_count=self.extensions,
        )
