"""What leads keeps of what others own."""

from datetime import UTC, datetime
from typing import Any, ClassVar, Self
from uuid import UUID

from contracts.catalog import CreatorErased, CreatorState, ProductState
from contracts.checkout import StockChanged
from contracts.pages import FormField, PageState, PageStatus, ViewsCounted
from sqlalchemy import BigInteger, Column, Index, ScalarSelect, Text, Uuid, case, func, or_, select, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import column_property
from sqlmodel import Field, col

from leads.errors import PageUnknown, RegistrationClosed
from leads.models.base import LeadsTable
from leads.models.registrations import Purpose

LONG_AGO = datetime.fromtimestamp(0, UTC)


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
    product_ids: list[UUID] | None = Field(default=None, sa_column=Column(ARRAY(Uuid)))
    """None of a page that was last heard of before they were kept: it closes at its expiry."""
    status: str = Field(sa_type=Text)
    launch_at: datetime
    expires_at: datetime
    time_zone: str = Field(sa_type=Text)
    title: str | None = Field(default=None, sa_type=Text)
    accent: str | None = Field(default=None, sa_type=Text)
    registration_form: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    early_access_minutes: int = 0
    unlimited: bool = False
    """It has no limit that its units could reach."""
    waiting_list: bool = False
    takes_next: bool = False
    """Once expired, it takes registrations for the page that follows."""
    successor_short_id: str | None = Field(default=None, sa_type=Text)
    closes_at: ClassVar[datetime]
    """Its expiry, or when the last of its products is for sale no longer, if sooner; as read from the database."""

    @classmethod
    def of(cls, page: PageState) -> Self:
        own = {"title", "accent", "registration_form", "takes_next", "unlimited"}
        return cls(
            **page.model_dump(include=set(cls.model_fields) - own),
            title=page.customization.get("title"),
            accent=page.customization.get("accent"),
            registration_form=[field.model_dump(mode="json") for field in page.registration_form],
            takes_next=page.after_expiry.mode == "notify_me",
            unlimited=page.quantity_limit is None,
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
        if now >= self.closes_at:
            if self.takes_next:
                return Purpose.NEXT_PAGE
            raise RegistrationClosed("The page has closed.")
        if now < self.launch_at:
            return Purpose.LAUNCH
        if self.takes_waiting_list and sold_out:
            return Purpose.WAITING_LIST
        raise RegistrationClosed("The page is open: there is nothing left to wait for.")

    @property
    def takes_waiting_list(self) -> bool:
        return self.waiting_list and not self.unlimited

    def is_over(self, now: datetime) -> bool:
        """Nobody need be told that it opens any more."""
        return self.status != PageStatus.PUBLISHED or now >= self.closes_at

    def offers_at(self, now: datetime) -> bool:
        """Its waiting list is open: units that come back are offered."""
        return self.takes_waiting_list and self.launch_at <= now and not self.is_over(now)


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
    """What a page is called that has no title of its own, and until when it has something to sell.

    `is_active` is None of a product that was last heard of before it was kept: it goes on.
    """

    __tablename__ = "mirrored_products"

    id: UUID = Field(primary_key=True)
    version: int
    name: str = Field(sa_type=Text)
    is_active: bool | None = None
    expires_at: datetime | None = None

    @classmethod
    def of(cls, product: ProductState) -> Self:
        return cls(**product.model_dump(include=set(cls.model_fields)))


def _closes_at() -> ScalarSelect[datetime]:
    page, product = MirroredPage, MirroredProduct
    active, end, expires_at = col(product.is_active), col(product.expires_at), col(page.expires_at)
    go_on = func.coalesce(func.cardinality(col(page.product_ids)), 1) > func.count()
    last = func.coalesce(func.max(end).filter(active.is_(True)), LONG_AGO)
    ending = (col(product.id) == func.any(col(page.product_ids)), or_(~active, end.is_not(None)))
    closes_at = select(case((go_on, expires_at), else_=func.least(expires_at, last))).where(*ending)
    return closes_at.correlate(page).scalar_subquery()


MirroredPage.closes_at = column_property(_closes_at())  # type: ignore[assignment]


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
