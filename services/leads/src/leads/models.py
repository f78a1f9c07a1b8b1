"""Registrations and what they follow: pages, and the names of creators and products."""

from datetime import datetime
from typing import Any, Self
from uuid import UUID

from chassis.clock import new_id
from contracts.catalog import CreatorState, ProductState
from contracts.leads import RegistrationConfirmed, RegistrationDeleted
from contracts.pages import FormField, PageState, PageStatus
from sqlalchemy import Column, ForeignKey, Index, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from leads.errors import PageUnknown, RegistrationClosed

Answers = dict[str, str | int | float | bool]
"""Custom fields by name, each as its field's type has it; dates as YYYY-MM-DD."""


class LeadsTable(SQLModel, registry=registry()):
    """Base of leads's tables: metadata of its own."""


class Registration(LeadsTable, table=True):
    """Somebody who wants to be told when a page opens: one an address and page, whatever the address's case."""

    __tablename__ = "registrations"
    __table_args__ = (
        Index("registrations_email", text("lower(email)"), "sales_page_id", unique=True),
        Index("registrations_sales_page_id", "sales_page_id", "id"),
        Index(
            "registrations_to_tell",
            "sales_page_id",
            postgresql_where=text("confirmed_at IS NOT NULL AND notified_at IS NULL"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    version: int = 1
    sales_page_id: UUID
    email: str = Field(sa_type=Text)
    name: str | None = Field(default=None, sa_type=Text)
    custom_fields: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    registered_at: datetime
    confirmed_at: datetime | None = None
    notified_at: datetime | None = None
    """When the mail that the page is live was owed to this registrant."""
    order_id: UUID | None = None

    def answer_again(self, name: str | None, answers: Answers) -> None:
        """Until it is confirmed the latest answers count; afterwards who merely knows the address changes nothing."""
        if self.confirmed_at is None:
            self.name, self.custom_fields = name, answers
            self.version += 1

    def confirm(self, now: datetime) -> RegistrationConfirmed:
        self.confirmed_at = now
        self.version += 1
        return RegistrationConfirmed(**self._told())

    def notify(self, now: datetime) -> None:
        self.notified_at = now
        self.version += 1

    def buy(self, order_id: UUID) -> None:
        """The first order stays."""
        if self.order_id is None:
            self.order_id = order_id
            self.version += 1

    def delete(self) -> RegistrationDeleted:
        """What is told of the end; the row goes with all that is personal."""
        self.version += 1
        return RegistrationDeleted(**self._told())

    def _told(self) -> dict[str, Any]:
        return self.model_dump(exclude={"email", "name", "custom_fields"})


class Confirmation(LeadsTable, table=True):
    """One mail that asks a registrant to confirm."""

    __tablename__ = "confirmations"
    __table_args__ = (Index("confirmations_registration_id", "registration_id", "asked_at"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    registration_id: UUID = Field(
        sa_column=Column(Uuid, ForeignKey("registrations.id", ondelete="CASCADE"), nullable=False)
    )
    asked_at: datetime


class MirroredPage(LeadsTable, table=True):
    """A page as pages last told it. `title` and `accent` are from its customization."""

    __tablename__ = "mirrored_pages"
    __table_args__ = (Index("mirrored_pages_launch_at", "launch_at"),)

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

    @classmethod
    def of(cls, page: PageState) -> Self:
        shared = page.model_dump(include=set(cls.model_fields) - {"title", "accent", "registration_form"})
        return cls(
            **shared,
            title=page.customization.get("title"),
            accent=page.customization.get("accent"),
            registration_form=[field.model_dump(mode="json") for field in page.registration_form],
        )

    @property
    def form(self) -> list[FormField]:
        return [FormField.model_validate(field) for field in self.registration_form]

    def refuse_unless_open(self, now: datetime) -> None:
        """Registrations are taken from the publication until the launch. Raises PageUnknown, RegistrationClosed."""
        if self.status == PageStatus.DRAFT:
            raise PageUnknown
        if self.status == PageStatus.WITHDRAWN or now >= self.expires_at:
            raise RegistrationClosed("The page has closed.")
        if now >= self.launch_at:
            raise RegistrationClosed("The page is open: there is nothing left to wait for.")

    def is_over(self, now: datetime) -> bool:
        """Nobody need be told of it any more."""
        return self.status != PageStatus.PUBLISHED or now >= self.expires_at


class MirroredCreator(LeadsTable, table=True):
    """What a creator signs with."""

    __tablename__ = "mirrored_creators"

    id: UUID = Field(primary_key=True)
    version: int
    name: str = Field(sa_type=Text)

    @classmethod
    def of(cls, creator: CreatorState) -> Self:
        return cls(id=creator.id, version=creator.version, name=creator.name)


class MirroredProduct(LeadsTable, table=True):
    """What a page is called that has no title of its own."""

    __tablename__ = "mirrored_products"

    id: UUID = Field(primary_key=True)
    version: int
    name: str = Field(sa_type=Text)

    @classmethod
    def of(cls, product: ProductState) -> Self:
        return cls(id=product.id, version=product.version, name=product.name)
