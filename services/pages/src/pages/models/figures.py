"""What a page's figures are made of: views by day and source, orders and registrations as last told. Nobody's data."""

from datetime import date, datetime
from typing import Self
from uuid import UUID

from contracts.checkout import OrderState, OrderStatus
from contracts.leads import RegistrationState
from contracts.pages import ViewsCounted
from sqlalchemy import BigInteger, Index, Text, text
from sqlmodel import Field

from pages.models.table import EnumText, PagesTable


class PageViews(PagesTable, table=True):
    """How often a page was shown on a day (of its own time zone) to who came from `source`; empty: not said."""

    __tablename__ = "page_views"

    page_id: UUID = Field(primary_key=True)
    day: date = Field(primary_key=True)
    source: str = Field(primary_key=True, sa_type=Text)
    views: int = Field(default=0, sa_type=BigInteger)
    bot_views: int = Field(default=0, sa_type=BigInteger)


class ViewTotal(PagesTable, table=True):
    """All views of a page, and up to which version of them others were told."""

    __tablename__ = "view_totals"
    __table_args__ = (Index("view_totals_untold", "page_id", postgresql_where=text("version > told_version")),)

    page_id: UUID = Field(primary_key=True)
    views: int = Field(default=0, sa_type=BigInteger)
    bot_views: int = Field(default=0, sa_type=BigInteger)
    version: int = 1
    told_version: int = 0

    def tell(self) -> ViewsCounted:
        self.told_version = self.version
        return self.retold()

    def retold(self) -> ViewsCounted:
        """As it is, under the version it has."""
        return ViewsCounted(id=self.page_id, version=self.version, views=self.views, bot_views=self.bot_views)


class MirroredOrder(PagesTable, table=True):
    """An order, without who placed it."""

    __tablename__ = "mirrored_orders"
    __table_args__ = (Index("mirrored_orders_sales_page_id", "sales_page_id", "created_at"),)

    id: UUID = Field(primary_key=True)
    version: int
    sales_page_id: UUID
    status: OrderStatus = Field(sa_type=EnumText(OrderStatus))
    currency: str = Field(sa_type=Text)
    amount_paid: int
    amount_refunded: int
    created_at: datetime
    source: str | None = Field(default=None, sa_type=Text)

    @classmethod
    def of(cls, order: OrderState) -> Self:
        return cls(**order.model_dump(include=set(cls.model_fields)))


class MirroredRegistration(PagesTable, table=True):
    """A registration, without who made it. One that was deleted stays, so that older news cannot bring it back."""

    __tablename__ = "mirrored_registrations"
    __table_args__ = (Index("mirrored_registrations_sales_page_id", "sales_page_id", "registered_at"),)

    id: UUID = Field(primary_key=True)
    version: int
    sales_page_id: UUID
    registered_at: datetime
    source: str | None = Field(default=None, sa_type=Text)
    stands: bool
    """Confirmed, and not deleted."""

    @classmethod
    def of(cls, registration: RegistrationState, *, stands: bool) -> Self:
        facts = registration.model_dump(include=set(cls.model_fields))
        return cls(**facts, stands=stands)
