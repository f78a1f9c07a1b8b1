"""Units of a sold-out page, each offered to the next who waits, for a time."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from chassis.clock import new_id
from contracts.leads import WaitingListLapsed, WaitingListOffered
from sqlalchemy import Column, ForeignKey, Index, Text, Uuid, text
from sqlmodel import Field

from leads.models.base import LeadsTable


class OfferOutcome(StrEnum):
    LAPSED = "lapsed"
    BOUGHT = "bought"


class WaitingListOffer(LeadsTable, table=True):
    """One unit, offered to one registrant; a registrant has one open offer at most."""

    __tablename__ = "waiting_list_offers"
    __table_args__ = (
        Index("waiting_list_offers_open", "registration_id", unique=True, postgresql_where=text("ended_at IS NULL")),
        Index("waiting_list_offers_due", "offered_until", postgresql_where=text("ended_at IS NULL")),
        Index("waiting_list_offers_sales_page_id", "sales_page_id"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    version: int = 1
    sales_page_id: UUID
    registration_id: UUID = Field(
        sa_column=Column(Uuid, ForeignKey("registrations.id", ondelete="CASCADE"), nullable=False)
    )
    offered_at: datetime
    offered_until: datetime
    ended_at: datetime | None = None
    """When it lapsed; or by checkout's clock, when it was paid."""
    outcome: str | None = Field(default=None, sa_type=Text)

    def offered(self) -> WaitingListOffered:
        return WaitingListOffered(**self._told())

    def lapse(self, now: datetime) -> WaitingListLapsed:
        return self._end(now, OfferOutcome.LAPSED)

    def take_up(self, paid_at: datetime) -> WaitingListLapsed:
        """Who has it bought a unit: this one, or another, and then the one that is held for them is free."""
        return self._end(paid_at, OfferOutcome.BOUGHT)

    def _end(self, at: datetime, outcome: OfferOutcome) -> WaitingListLapsed:
        self.ended_at, self.outcome = at, outcome
        self.version += 1
        return WaitingListLapsed(**self._told())

    def _told(self) -> dict[str, Any]:
        return self.model_dump(exclude={"ended_at", "outcome"})
