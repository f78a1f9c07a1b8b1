"""What checkout tells anew to who rebuilds a read model."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from chassis.db import Session
from chassis.read_models import Retelling, page_after
from contracts import Event
from sqlmodel import col, select

from checkout.models import OfferState, Order, PageStock, WaitingListOffer


async def orders(session: Session, last: UUID | None, _now: datetime) -> Sequence[Event]:
    """Under the key of an order's first event, which bears the state and nothing else; no mirror asks which it was."""
    page = page_after(select(Order), col(Order.id), last)
    return [order.placed() for order in (await session.execute(page)).scalars()]


async def stocks(session: Session, last: UUID | None, _now: datetime) -> Sequence[Event]:
    limited = select(PageStock).where(col(PageStock.quantity_limit).is_not(None))
    page = (await session.execute(page_after(limited, col(PageStock.page_id), last))).scalars().all()
    held = await _held_offers(session, [stock.page_id for stock in page])
    told = (stock.retold(held[stock.page_id]) for stock in page)
    return [event for event in told if event is not None]


async def _held_offers(session: Session, page_ids: Sequence[UUID]) -> Mapping[UUID, list[UUID]]:
    offer = WaitingListOffer
    query = select(offer.sales_page_id, offer.id).where(
        col(offer.sales_page_id).in_(page_ids), offer.state == OfferState.HELD
    )
    held: dict[UUID, list[UUID]] = defaultdict(list)
    for page_id, offer_id in await session.execute(query):
        held[page_id].append(offer_id)
    return held


RETELLINGS: Mapping[str, Retelling] = {"order": orders, "stock": stocks}
