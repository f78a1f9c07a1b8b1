"""A sales page and its life; what pages mirrors of products, creators and stock."""

import secrets
import string
from datetime import datetime
from typing import Any, Self, TypeVar
from uuid import UUID

from chassis.clock import new_id
from chassis.errors import Invalid
from contracts.catalog import CreatorState, ProductState
from contracts.checkout import StockChanged
from contracts.pages import (
    AfterExpiry,
    FormField,
    PageExpired,
    PageLaunched,
    PagePublished,
    PageState,
    PageStatus,
    PageUpdated,
    PageWithdrawn,
)
from sqlalchemy import BigInteger, Column, Dialect, Index, Text, TypeDecorator, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from pages.errors import AlreadyLaunched, NotADraft, NotPublished, PageOver

BASE62 = string.digits + string.ascii_letters
SHORT_ID_LENGTH = 12
"""71 bits: not to be guessed, and not an authorisation either."""
P = TypeVar("P", bound=PageState)


class PagesTable(SQLModel, registry=registry()):
    """Base of pages's tables: metadata of its own."""


class StatusText(TypeDecorator[PageStatus]):
    """A page's status, kept as text."""

    impl = Text
    cache_ok = True

    def process_result_value(self, value: Any | None, dialect: Dialect) -> PageStatus | None:
        return None if value is None else PageStatus(value)


def new_short_id() -> str:
    return "".join(secrets.choice(BASE62) for _ in range(SHORT_ID_LENGTH))


class SalesPage(PagesTable, table=True):
    """A page sells in [launch_at, expires_at). What was due and told has its instant in `launched_at`, `expired_at`."""

    __tablename__ = "sales_pages"
    __table_args__ = (
        Index("sales_pages_short_id", "short_id", unique=True),
        Index("sales_pages_creator_id", "creator_id", "id"),
        Index("sales_pages_product_ids", "product_ids", postgresql_using="gin"),
        Index(
            "sales_pages_launch_at",
            "launch_at",
            postgresql_where=text("status = 'published' AND launched_at IS NULL"),
        ),
        Index(
            "sales_pages_expires_at",
            "expires_at",
            postgresql_where=text("status = 'published' AND expired_at IS NULL"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    version: int = 1
    short_id: str = Field(default_factory=new_short_id, sa_type=Text)
    creator_id: UUID
    product_ids: list[UUID] = Field(sa_column=Column(ARRAY(Uuid), nullable=False))
    status: PageStatus = Field(default=PageStatus.DRAFT, sa_type=StatusText)
    created_at: datetime
    updated_at: datetime
    launch_at: datetime | None = None
    expires_at: datetime
    time_zone: str = Field(sa_type=Text)
    quantity_limit: int | None = None
    customization: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    registration_form: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    after_expiry: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    extensions: int = 0
    launched_at: datetime | None = None
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
        return self._changed(PagePublished, now)

    def change(self, changes: dict[str, Any], now: datetime) -> PageUpdated | None:
        """Apply `changes` by their names; what a published page became, None for a draft."""
        self._must_allow(changes, now)
        for name, value in changes.items():
            setattr(self, name, value)
        if changes.keys() & {"launch_at", "expires_at"}:
            self.check_instants(now)
        if self.status == PageStatus.DRAFT:
            self.version += 1
            self.updated_at = now
            return None
        return self._changed(PageUpdated, now)

    def _must_allow(self, changes: dict[str, Any], now: datetime) -> None:
        if self.status == PageStatus.DRAFT:
            return
        self._must_run(now)
        if changes.keys() & {"product_ids", "expires_at"}:
            raise NotADraft("What is sold stays, and the expiry moves by extending the page.")
        if "launch_at" in changes and (changes["launch_at"] is None or self.launch_at is None or now >= self.launch_at):
            raise AlreadyLaunched

    def extend(self, expires_at: datetime, now: datetime) -> PageUpdated:
        """Later only: nobody who was shown the old instant is cut short."""
        self._must_run(now)
        if expires_at <= self.expires_at:
            raise Invalid("#/expiresAt", "An extension ends later than the page does now.")
        self.expires_at = expires_at
        self.extensions += 1
        return self._changed(PageUpdated, now)

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

    def announce(self, now: datetime) -> list[PageState]:
        """What is due at `now` and was not told yet, in its order."""
        told: list[PageState] = []
        if self.launched_at is None and self.launch_at is not None and now >= self.launch_at:
            self.launched_at = now
            told.append(self._changed(PageLaunched, now))
        if self.expired_at is None and now >= self.expires_at:
            self.expired_at = now
            told.append(self._changed(PageExpired, now))
        return told

    def _changed(self, event: type[P], now: datetime) -> P:
        self.version += 1
        self.updated_at = now
        assert self.launch_at is not None, "only a published page tells"
        state = self.model_dump(
            exclude={"registration_form", "after_expiry", "extensions", "launched_at", "expired_at"}
        )
        return event(
            **state,
            product_id=self.product_id,
            is_pre_launch=now < self.launch_at,
            registration_form=[FormField.model_validate(field) for field in self.registration_form],
            after_expiry=AfterExpiry.model_validate(self.after_expiry),
        )


class MirroredProduct(PagesTable, table=True):
    __tablename__ = "mirrored_products"

    id: UUID = Field(primary_key=True)
    version: int
    creator_id: UUID
    name: str = Field(sa_type=Text)
    description: str = Field(sa_type=Text)
    price_in_cents: int
    currency: str = Field(sa_type=Text)
    is_active: bool
    expires_at: datetime | None = None
    file_name: str | None = Field(default=None, sa_type=Text)
    file_type: str | None = Field(default=None, sa_type=Text)
    file_size_bytes: int | None = Field(default=None, sa_type=BigInteger)

    @classmethod
    def of(cls, product: ProductState) -> Self:
        file = product.file
        return cls(
            **product.model_dump(include=set(cls.model_fields)),
            file_name=file.file_name if file else None,
            file_type=file.file_type if file else None,
            file_size_bytes=file.file_size_bytes if file else None,
        )

    def is_for_sale(self, now: datetime) -> bool:
        return self.is_active and (self.expires_at is None or now < self.expires_at)


class MirroredCreator(PagesTable, table=True):
    __tablename__ = "mirrored_creators"

    id: UUID = Field(primary_key=True)
    version: int
    name: str = Field(sa_type=Text)

    @classmethod
    def of(cls, creator: CreatorState) -> Self:
        return cls(id=creator.id, version=creator.version, name=creator.name)


class MirroredStock(PagesTable, table=True):
    """What is left of a capped page, by the page's id."""

    __tablename__ = "mirrored_stocks"

    id: UUID = Field(primary_key=True)
    version: int
    quantity_limit: int
    remaining: int

    @classmethod
    def of(cls, stock: StockChanged) -> Self:
        return cls(**stock.model_dump(include=set(cls.model_fields)))
