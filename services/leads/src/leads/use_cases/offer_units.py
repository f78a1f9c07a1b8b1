"""A unit of a sold-out page came back: it is offered to the next who waits, for a time."""

from datetime import timedelta

from chassis.db import Tx

from leads import store
from leads.models import MirroredStock, WaitingListOffer
from leads.pacing import room_for

WAITING_LIST_OFFER = "waiting-list-offer"
PAGES = 20


async def offer_units(tx: Tx, lives: timedelta) -> int:
    """Offer what is free on any page to who waits there, for `lives`; how many offers that were.

    A page whose limit was lifted has one for everybody. A page's stock is one's alone meanwhile, so that no unit is
    offered twice.
    """
    room = await room_for(tx.session, WAITING_LIST_OFFER)
    offered = 0
    for stock in (await tx.session.execute(store.stocks_to_offer(tx.clock.now(), PAGES))).scalars().all():
        offered += await _offer(tx, stock, lives, most=room - offered)
    return offered


async def _offer(tx: Tx, stock: MirroredStock, lives: timedelta, *, most: int) -> int:
    now = tx.clock.now()
    page = await store.page(tx.session, stock.id)
    if not page.unlimited:
        most = min(most, (await tx.session.execute(store.units_free(stock.id))).scalar_one())
    waiting = (await tx.session.execute(store.next_waiting(stock.id, most))).scalars().all()
    for registration in waiting:
        registration.leave_waiting_list(now)
        offer = WaitingListOffer(
            sales_page_id=stock.id,
            registration_id=registration.id,
            offered_at=now,
            offered_until=min(now + lives, page.closes_at),
        )
        tx.session.add(offer)
        tx.publish(offer.offered())
        await tx.owe_mail(WAITING_LIST_OFFER, offer.id)
    return len(waiting)
