"""Creators and their connected Stripe account."""

from collections.abc import Mapping
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from chassis.clock import backoff, new_id
from contracts.catalog import CreatorErased, CreatorRegistered, CreatorState, CreatorUpdated, StripeAccount
from sqlalchemy import Column, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from catalog.models.base import FIRST_PAUSE, CatalogTable
from catalog.models.notices import Notice

Told = TypeVar("Told", bound=CreatorState)


class Creator(CatalogTable, table=True):
    """Who sells. `email` is the login, unique without regard to case; it is never told in an event."""

    __tablename__ = "creators"
    __table_args__ = (Index("creators_email", text("lower(email)"), unique=True),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    email: str
    name: str
    password_hash: str
    email_verified_at: datetime | None = None
    """When the creator showed that they read what is sent to `email`."""
    created_at: datetime
    updated_at: datetime
    version: int = 1
    muted: list[str] = Field(default_factory=list, sa_column=Column(ARRAY(Text), nullable=False, server_default="{}"))
    """The notices that they turned off."""
    stripe_account_id: str | None = Field(default=None, unique=True)
    stripe_charges_enabled: bool = False
    stripe_payouts_enabled: bool = False
    stripe_details_submitted: bool = False
    stripe_country: str | None = None
    stripe_default_currency: str | None = None
    stripe_read_at: datetime | None = None
    """When Stripe's latest answer was kept. It is compared with itself alone: gateways' clocks differ."""
    stripe_links: int = 0
    """How many accounts were linked so far: part of the idempotency key under which the next is made."""
    erased_at: datetime | None = None

    @property
    def email_verified(self) -> bool:
        return self.email_verified_at is not None

    @property
    def stripe_account(self) -> StripeAccount | None:
        if self.stripe_account_id is None:
            return None
        return StripeAccount(
            id=self.stripe_account_id,
            charges_enabled=self.stripe_charges_enabled,
            payouts_enabled=self.stripe_payouts_enabled,
            details_submitted=self.stripe_details_submitted,
            country=self.stripe_country,
            default_currency=self.stripe_default_currency,
        )

    def registered(self) -> CreatorRegistered:
        return self._state(CreatorRegistered)

    def rename(self, name: str, now: datetime) -> CreatorUpdated:
        self.name = name
        return self._changed(now)

    def verify_email(self, now: datetime) -> bool:
        """False when it was before. No event: an address is nobody's business but catalog's."""
        if self.email_verified_at is not None:
            return False
        self.email_verified_at = now
        self._touch(now)
        return True

    def move_to(self, email: str, now: datetime) -> None:
        """Another address, whose reader has just answered. No event, as above."""
        self.email, self.email_verified_at = email, now
        self._touch(now)

    @property
    def notifications(self) -> dict[Notice, bool]:
        return {notice: notice not in self.muted for notice in Notice}

    def choose_notices(self, chosen: Mapping[Notice, bool], now: datetime) -> None:
        """Turn on or off what is named. No event: it is between the creator and catalog."""
        muted = [notice.value for notice, wanted in {**self.notifications, **chosen}.items() if not wanted]
        if muted != self.muted:
            self.muted = muted
            self._touch(now)

    def is_told_of(self, notice: Notice) -> bool:
        """By mail; who is gone, or has not shown that they read there, is told of nothing."""
        return self.erased_at is None and self.email_verified and notice not in self.muted

    def link_stripe(self, account: StripeAccount, now: datetime) -> CreatorUpdated:
        """The account that this creator is paid through."""
        self.stripe_links += 1
        self._keep(account)
        self.stripe_read_at = now
        return self._changed(now)

    def is_told_otherwise(self, account: StripeAccount, read_at: datetime | None) -> bool:
        """Whether another answer than `account` was kept since that of `read_at`: which is the newer, nobody knows."""
        overtaken = account.id == self.stripe_account_id and self.stripe_read_at != read_at
        return overtaken and account != self.stripe_account

    def heard_from_stripe(self, account: StripeAccount, now: datetime) -> CreatorUpdated | None:
        """Stripe's answer; None when it is no news, or of an account that is theirs no more."""
        if account.id != self.stripe_account_id:
            return None
        self.stripe_read_at = now
        if account == self.stripe_account:
            return None
        self._keep(account)
        return self._changed(now)

    def unlink_stripe(self, now: datetime) -> CreatorUpdated:
        """The creator took our access away at Stripe: nothing can be charged for them until they link again."""
        self._forget_stripe()
        return self._changed(now)

    def erase(self, now: datetime) -> CreatorErased:
        """Nothing of the person remains but an id; no password opens it, and the address is free again."""
        self.email, self.name, self.password_hash = f"{self.id}@erased.invalid", "", "!"
        self._forget_stripe()
        self.email_verified_at, self.muted = None, []
        self.erased_at = now
        self._touch(now)
        return self._state(CreatorErased)

    def retold(self) -> CreatorUpdated | CreatorErased:
        """As it is, under the version it has."""
        return self._state(CreatorUpdated) if self.erased_at is None else self._state(CreatorErased)

    def _forget_stripe(self) -> None:
        self.stripe_account_id = self.stripe_country = self.stripe_default_currency = None
        self.stripe_charges_enabled = self.stripe_payouts_enabled = self.stripe_details_submitted = False

    def _keep(self, account: StripeAccount) -> None:
        self.stripe_account_id = account.id
        self.stripe_charges_enabled = account.charges_enabled
        self.stripe_payouts_enabled = account.payouts_enabled
        self.stripe_details_submitted = account.details_submitted
        self.stripe_country = account.country
        self.stripe_default_currency = account.default_currency

    def _changed(self, now: datetime) -> CreatorUpdated:
        self._touch(now)
        return self._state(CreatorUpdated)

    def _touch(self, now: datetime) -> None:
        self.version += 1
        self.updated_at = now

    def _state(self, kind: type[Told]) -> Told:
        return kind(
            id=self.id,
            version=self.version,
            name=self.name,
            created_at=self.created_at,
            updated_at=self.updated_at,
            stripe_account=self.stripe_account,
        )


class StripeEvent(CatalogTable, table=True):
    """An event that Stripe's Connect endpoint brought: a bell, after which the account is read. Kept for ever."""

    __tablename__ = "stripe_events"
    __table_args__ = (Index("stripe_events_waiting", "received_at", postgresql_where=text("applied_at IS NULL")),)

    id: str = Field(primary_key=True)
    """Stripe's: the natural key by which each counts once."""
    type: str
    account_id: str | None = None
    created_at: datetime
    received_at: datetime
    due_at: datetime | None = None
    """When it is next to be applied; None: at once."""
    tries: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    applied_at: datetime | None = None

    def take_up(self, now: datetime) -> None:
        """Whoever applies it has a while before the next may try, longer each time."""
        self.tries += 1
        self.due_at = now + backoff(self.tries, FIRST_PAUSE)
