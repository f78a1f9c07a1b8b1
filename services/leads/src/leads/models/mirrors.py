"""What leads keeps of what others own."""

from datetime import datetime
from typing import Any, Self
from uuid import UUID

from contracts.catalog import CreatorErased, CreatorState, ProductState
from contracts.checkout import StockChanged
from contracts.pages import FormField, PageState, PageStatus, ViewsCounted
from sqlalchemy import BigInteger, Column, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from leads.errors import PageUnknown, RegistrationClosed
from leads.models.base import LeadsTable
from leads.models.registrations import Purpose


class MirroredPage(LeadsTable, table=True):
    """A page as pages last told it. `title` and `accent` are from its customization."""

    __tablename__ = "mirrored_pages"
    __table_args__ = (
        Index("mirrored_pages_launch_at", "launch_at"),
        Index("mirrored_pages_creator_id", "creator_id"),
    )

    id: UUID = Field(primary_key=True)
    version: int
    short_id: str = Field(sa_type=Text, unique=True)
    creator_id: UUID
    product_id: UUID
    status: str = Field(sa_type=Text)
    launch_at: datetime
    expires_at: datetime
    time_zone: str = Field(sa_type=Text)
    title: str | None = Field(default=None, sa_type=Text)
    accent: str | None = Field(default=None, sa_type=Text)
    registration_form: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    early_access_minutes: int = 0
    waiting_list: bool = False
    takes_next: bool = False
    """Once expired, it takes registrations for the page that follows."""
    successor_short_id: str | None = Field(default=None, sa_type=Text)

    @classmethod
    def of(cls, page: PageState) -> Self:
        own = {"title", "accent", "registration_form", "takes_next"}
        return cls(
            **page.model_dump(include=set(cls.model_fields) - own),
            title=page.customization.get("title"),
            accent=page.customization.get("accent"),
            registration_form=[field.model_dump(mode="json") for field in page.registration_form],
            takes_next=page.after_expiry.mode == "notify_me",
        )

    @property
    def form(self) -> list[FormField]:
        return [FormField.model_validate(field) for field in self.registration_form]

    def purpose_at(self, now: datetime, *, sold_out: bool) -> Purpose:
        """What a registration that is made now waits for. Raises PageUnknown, RegistrationClosed."""
        if self.status == PageStatus.DRAFT:
            raise PageUnknown
        if self.status == PageStatus.WITHDRAWN:
            raise RegistrationClosed("The page has closed.")
        if now >= self.expires_at:
            if self.takes_next:
                return Purpose.NEXT_PAGE
            raise RegistrationClosed("The page has closed.")
        if now < self.launch_at:
            return Purpose.LAUNCH
        if self.waiting_list and sold_out:
            return Purpose.WAITING_LIST
        raise RegistrationClosed("The page is open: there is nothing left to wait for.")

    def is_over(self, now: datetime) -> bool:
        """Nobody need be told that it opens any more."""
        return self.status != PageStatus.PUBLISHED or now >= self.expires_at

    def offers_at(self, now: datetime) -> bool:
        """Its waiting list is open: units that come back are offered."""
        return self.waiting_list and self.launch_at <= now and not self.is_over(now)


class MirroredViews(LeadsTable, table=True):
    """How often a page was shown to people, as pages last told it; `id` is the page's."""

    __tablename__ = "mirrored_views"

    id: UUID = Field(primary_key=True)
    version: int
    views: int = Field(sa_type=BigInteger)

    @classmethod
    def of(cls, counted: ViewsCounted) -> Self:
        return cls(id=counted.id, version=counted.version, views=counted.views)


class MirroredCreator(LeadsTable, table=True):
    """Who a page is from, by name; empty once erased."""

    __tablename__ = "mirrored_creators"
    __table_args__ = (Index("mirrored_creators_erased", "id", postgresql_where=text("erased")),)

    id: UUID = Field(primary_key=True)
    version: int
    name: str = Field(sa_type=Text)
    erased: bool = False

    @classmethod
    def of(cls, creator: CreatorState) -> Self:
        erased = isinstance(creator, CreatorErased)
        return cls(id=creator.id, version=creator.version, name="" if erased else creator.name, erased=erased)


class MirroredProduct(LeadsTable, table=True):
    """What a page is called that has no title of its own."""

    __tablename__ = "mirrored_products"

    id: UUID = Field(primary_key=True)
    version: int
    name: str = Field(sa_type=Text)

    @classmethod
    def of(cls, product: ProductState) -> Self:
        return cls(id=product.id, version=product.version, name=product.name)


class MirroredStock(LeadsTable, table=True):
    """A capped page's units as checkout last told them; `id` is the page's.

    `held_offers` are the offers that `remaining` already allows for; `told_at` is by checkout's clock.
    """

    __tablename__ = "mirrored_stocks"

    id: UUID = Field(primary_key=True)
    version: int
    remaining: int
    held_offers: list[str] = Field(sa_column=Column(JSONB, nullable=False))
    told_at: datetime

    @classmethod
    def of(cls, stock: StockChanged, told_at: datetime) -> Self:
        return cls(
            id=stock.id,
            version=stock.version,
            remaining=stock.remaining,
            held_offers=[str(offer_id) for offer_id in stock.held_offers],
            told_at=told_at,
        )
