"""Units that come back, who waits for them, and the offers made."""

from datetime import datetime
from uuid import UUID

from chassis.db import Session
from sqlalchemy import ColumnElement, Select, Text, cast, exists, func, or_, select
from sqlmodel import col

from leads.models import MirroredPage, MirroredStock, OfferOutcome, Registration, WaitingListOffer
from leads.store.pages import is_open


def stocks_to_offer(now: datetime, limit: int) -> Select[MirroredStock]:
    """Stocks with units to offer, of open pages that somebody waits for, each for one who offers alone.

    Those of pages that close first before the others.
    """
    somebody_waits = exists().where(
        col(Registration.sales_page_id) == col(MirroredStock.id), col(Registration.waiting_since).is_not(None)
    )
    return (
        select(MirroredStock)
        .join(MirroredPage, col(MirroredPage.id) == col(MirroredStock.id))
        .where(
            *is_open(now),
            or_(col(MirroredPage.unlimited), col(MirroredPage.waiting_list) & (_units_free() > 0)),
            somebody_waits,
        )
        .order_by(col(MirroredPage.closes_at))
        .limit(limit)
        .with_for_update(of=MirroredStock, skip_locked=True)
    )


def next_waiting(page_id: UUID, limit: int) -> Select[Registration]:
    """In the order they joined."""
    return (
        select(Registration)
        .where(col(Registration.sales_page_id) == page_id, col(Registration.waiting_since).is_not(None))
        .order_by(col(Registration.waiting_since), col(Registration.id))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )


def _units_free() -> ColumnElement[int]:
    """What is left of a stock, less the offers that stand or were bought since it was told, and that its figure does
    not allow for.
    """
    offer, stock = WaitingListOffer, MirroredStock
    bought_since = (col(offer.outcome) == OfferOutcome.BOUGHT.value) & (col(offer.ended_at) > col(stock.told_at))
    promised = select(func.count()).where(
        col(offer.sales_page_id) == col(stock.id),
        or_(col(offer.ended_at).is_(None), bought_since),
        ~func.jsonb_exists(col(stock.held_offers), cast(col(offer.id), Text)),
    )
    return func.greatest(col(stock.remaining) - promised.correlate(stock).scalar_subquery(), 0)


def units_free(page_id: UUID) -> Select[int]:
    """Units that nobody was promised; no row of a page whose stock was never told."""
    return select(_units_free()).where(col(MirroredStock.id) == page_id)


async def is_sold_out(session: Session, page_id: UUID) -> bool:
    """Nothing is left that was not promised; False of a page whose stock was never told."""
    return await session.scalar(units_free(page_id)) == 0


def offers_to_lapse(now: datetime, limit: int) -> Select[WaitingListOffer]:
    return (
        select(WaitingListOffer)
        .where(col(WaitingListOffer.ended_at).is_(None), col(WaitingListOffer.offered_until) <= now)
        .order_by(col(WaitingListOffer.offered_until))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )


def next_lapse() -> Select[datetime]:
    return select(func.min(col(WaitingListOffer.offered_until))).where(col(WaitingListOffer.ended_at).is_(None))


async def open_offer(session: Session, registration_id: UUID) -> WaitingListOffer | None:
    """The offer that this registrant has, for change."""
    query = select(WaitingListOffer).where(
        col(WaitingListOffer.registration_id) == registration_id, col(WaitingListOffer.ended_at).is_(None)
    )
    return (await session.execute(query.with_for_update())).scalar_one_or_none()
