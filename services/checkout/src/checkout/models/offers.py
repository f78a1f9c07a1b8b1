"""Units that are held for who waited for them."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field

from checkout.models.base import CheckoutTable, enum_column, instant


class OfferState(StrEnum):
    HELD = "held"
    NOTHING_LEFT = "nothing_left"
    TAKEN_UP = "taken_up"
    LAPSED = "lapsed"


class WaitingListOffer(CheckoutTable, table=True):
    """One unit of a page, held for one registration; `id` is the offer's, and its pass's."""

    __tablename__ = "waiting_list_offers"
    __table_args__ = (Index("waiting_list_offers_held", "sales_page_id", postgresql_where=text("state = 'held'")),)

    id: UUID = Field(primary_key=True)
    sales_page_id: UUID
    registration_id: UUID
    offered_until: datetime = instant()
    state: OfferState = enum_column(OfferState)

    def takes_up(self, registration_id: UUID, page_id: UUID, now: datetime) -> bool:
        """Whether the bearer may have the unit now; it is theirs then, once."""
        same = (self.registration_id, self.sales_page_id) == (registration_id, page_id)
        if self.state is not OfferState.HELD or not same or self.offered_until <= now:
            return False
        self.state = OfferState.TAKEN_UP
        return True
