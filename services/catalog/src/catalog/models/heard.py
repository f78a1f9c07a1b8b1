"""What catalog has heard of pages and orders: which products are on sale where, and what creators are written about."""

from datetime import datetime
from typing import Any, Self
from uuid import UUID

from chassis.clock import new_id
from contracts.checkout import OrderState, OrderStatus
from contracts.pages import PageState, PageStatus
from sqlalchemy import BigInteger, Column, Index, UniqueConstraint, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from catalog.models.base import CatalogTable, words


class MirroredPage(CatalogTable, table=True):
    """A page that was published. `title` is from its customization."""

    __tablename__ = "mirrored_pages"
    __table_args__ = (Index("mirrored_pages_of_creator", "creator_id", "expires_at"),)

    id: UUID = Field(primary_key=True)
    version: int
    short_id: str
    creator_id: UUID
    product_id: UUID
    product_ids: list[UUID] = Field(sa_column=Column(ARRAY(Uuid), nullable=False))
    title: str | None = None
    time_zone: str
    expires_at: datetime
    is_withdrawn: bool

    @classmethod
    def of(cls, page: PageState) -> Self:
        own = {"title", "is_withdrawn"}
        return cls(
            **page.model_dump(include=set(cls.model_fields) - own),
            title=page.customization.get("title"),
            is_withdrawn=page.status is PageStatus.WITHDRAWN,
        )

    def named(self) -> dict[str, Any]:
        """As a problem document names it."""
        shown = {"id": str(self.id), "shortId": self.short_id, "title": self.title}
        return {**shown, "expiresAt": self.expires_at.isoformat()}


class PageEnd(CatalogTable, table=True):
    """An end that a page was given: its creator is written to a day before, and at it.

    A page that is extended has another. The table is called after the mail that first was about one.
    """

    __tablename__ = "expiry_warnings"
    __table_args__ = (UniqueConstraint("page_id", "expires_at"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    page_id: UUID
    creator_id: UUID = Field(index=True)
    expires_at: datetime

    @classmethod
    def of(cls, page: PageState) -> Self:
        return cls(page_id=page.id, creator_id=page.creator_id, expires_at=page.expires_at)


class MirroredOrder(CatalogTable, table=True):
    """An order that was paid. Amounts in the smallest unit of `currency`."""

    __tablename__ = "mirrored_orders"

    id: UUID = Field(primary_key=True)
    version: int
    creator_id: UUID = Field(index=True)
    sales_page_id: UUID = Field(index=True)
    product_id: UUID
    amount_paid: int = Field(sa_type=BigInteger)
    amount_refunded: int = Field(sa_type=BigInteger)
    currency: str
    status: OrderStatus = Field(sa_type=words(OrderStatus))
    paid_at: datetime | None = None

    @classmethod
    def of(cls, order: OrderState) -> Self:
        return cls(**order.model_dump(include=set(cls.model_fields)))
