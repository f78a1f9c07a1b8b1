"""An offer was not taken up in time: its unit is free for the next."""

from chassis.db import Tx

from leads import store

BATCH = 200


async def lapse_offers(tx: Tx) -> int:
    """End the offers whose time is over; how many that were. Checkout then tells of the unit, and it is offered on."""
    offers = (await tx.session.execute(store.offers_to_lapse(tx.clock.now(), BATCH))).scalars().all()
    for offer in offers:
        tx.publish(offer.lapse(tx.clock.now()))
    return len(offers)
