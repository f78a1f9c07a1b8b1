"""A unit is held for who is offered it from the waiting list, until they take it up or the offer lapses."""

from chassis.db import Tx
from contracts import Envelope
from contracts.leads import WaitingListLapsed, WaitingListOffered, WaitingListState

from checkout.bookkeeping.stock import give_unit, take_unit
from checkout.models import OfferState, Unit, WaitingListOffer


async def hold_offer(tx: Tx, envelope: Envelope[WaitingListOffered]) -> None:
    """Nothing where the lapse was heard first."""
    told = envelope.data
    if await tx.session.get(WaitingListOffer, told.id, with_for_update=True) is not None:
        return
    offer = _offer(told, OfferState.HELD)
    tx.session.add(offer)
    await tx.session.flush()
    if not await take_unit(tx, told.sales_page_id, Unit.HELD):
        offer.state = OfferState.NOTHING_LEFT


async def release_offer(tx: Tx, envelope: Envelope[WaitingListLapsed]) -> None:
    told = envelope.data
    offer = await tx.session.get(WaitingListOffer, told.id, with_for_update=True)
    if offer is None:
        tx.session.add(_offer(told, OfferState.LAPSED))
    elif offer.state is OfferState.HELD:
        offer.state = OfferState.LAPSED
        await tx.session.flush()
        await give_unit(tx, offer.sales_page_id, Unit.HELD)


def _offer(told: WaitingListState, state: OfferState) -> WaitingListOffer:
    return WaitingListOffer(
        id=told.id,
        sales_page_id=told.sales_page_id,
        registration_id=told.registration_id,
        offered_until=told.offered_until,
        state=state,
    )
