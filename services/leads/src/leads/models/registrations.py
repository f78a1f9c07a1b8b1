"""Who wants to be told, and the mails that asked them whether it was they."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from chassis.clock import new_id
from contracts.leads import RegistrationConfirmed, RegistrationDeleted
from sqlalchemy import Column, ForeignKey, Index, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from leads.models.base import Answers, LeadsTable


class Purpose(StrEnum):
    """What somebody waits for: the page's launch, a unit of a sold-out page, or the page that follows."""

    LAUNCH = "launch"
    WAITING_LIST = "waiting-list"
    NEXT_PAGE = "next-page"


class Registration(LeadsTable, table=True):
    """Somebody who wants to be told of a page: one an address and page, whatever the address's case."""

    __tablename__ = "registrations"
    __table_args__ = (
        Index("registrations_email", text("lower(email)"), "sales_page_id", unique=True),
        Index("registrations_sales_page_id", "sales_page_id", "id"),
        Index(
            "registrations_to_tell",
            "sales_page_id",
            "id",
            postgresql_where=text("confirmed_at IS NOT NULL AND notified_at IS NULL"),
        ),
        Index("registrations_told_early", "sales_page_id", postgresql_where=text("early_access_from IS NOT NULL")),
        Index(
            "registrations_waiting",
            "sales_page_id",
            "waiting_since",
            "id",
            postgresql_where=text("waiting_since IS NOT NULL"),
        ),
        Index(
            "registrations_for_the_next",
            "sales_page_id",
            postgresql_where=text("next_wanted_at IS NOT NULL AND next_told_at IS NULL"),
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
    """When they were owed the mail that the page opens: at its launch, with early access, or with a unit's offer."""
    early_access_from: datetime | None = None
    """From when on this registrant's pass opens the page; None for who was told at the launch."""
    waiting_since: datetime | None = None
    """Their place in the waiting list, which they leave when a unit is offered to them."""
    next_wanted_at: datetime | None = None
    next_told_at: datetime | None = None
    """When they asked for the page that follows this one, and when the mail about it was owed."""
    order_id: UUID | None = None
    source: str | None = Field(default=None, sa_type=Text)
    """What brought them to the page (`utm_source`), the first time."""

    def answer_again(self, name: str | None, answers: Answers) -> None:
        """Until it is confirmed the latest answers count; afterwards who merely knows the address changes nothing."""
        if self.confirmed_at is None:
            self.name, self.custom_fields = name, answers
            self.version += 1

    def lacks(self, purpose: Purpose) -> bool:
        """Whether it still has to be confirmed that they wait for this."""
        if purpose is Purpose.WAITING_LIST:
            return self.waiting_since is None and self.order_id is None
        return (self.confirmed_at if purpose is Purpose.LAUNCH else self.next_wanted_at) is None

    def confirm(self, now: datetime) -> RegistrationConfirmed:
        self.confirmed_at = now
        self.version += 1
        return RegistrationConfirmed(**self._told())

    def wait(self, now: datetime) -> None:
        """Join the waiting list, at its end."""
        if self.lacks(Purpose.WAITING_LIST):
            self.waiting_since = now
            self.version += 1

    def leave_waiting_list(self, now: datetime) -> None:
        """A unit is offered to them, and with it they are told that the page is open."""
        self.waiting_since = None
        self.notified_at = self.notified_at or now
        self.version += 1

    def want_next(self, now: datetime) -> None:
        if self.next_wanted_at is None:
            self.next_wanted_at = now
            self.version += 1

    def notify(self, now: datetime, *, early_access_from: datetime | None = None) -> None:
        self.notified_at, self.early_access_from = now, early_access_from
        self.version += 1

    def notify_of_next(self, now: datetime) -> None:
        self.next_told_at = now
        self.version += 1

    def buy(self, order_id: UUID) -> None:
        """The first order stays; who has bought waits no longer."""
        if self.order_id is None:
            self.order_id, self.waiting_since = order_id, None
            self.version += 1

    def retold(self) -> RegistrationConfirmed:
        """As it is, under the version it has."""
        return RegistrationConfirmed(**self._told())

    def delete(self) -> RegistrationDeleted:
        """What is told of the end; the row goes with all that is personal."""
        self.version += 1
        return RegistrationDeleted(**self._told())

    def _told(self) -> dict[str, Any]:
        return self.model_dump(exclude={"email", "name", "custom_fields"})


class Confirmation(LeadsTable, table=True):
    """One mail that asks a registrant to confirm that they wait for `purpose`."""

    __tablename__ = "confirmations"
    __table_args__ = (Index("confirmations_registration_id", "registration_id", "asked_at"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    registration_id: UUID = Field(
        sa_column=Column(Uuid, ForeignKey("registrations.id", ondelete="CASCADE"), nullable=False)
    )
    purpose: str = Field(default=Purpose.LAUNCH, sa_type=Text)
    asked_at: datetime
