"""Every event of an order becomes one row of its chain."""

from chassis.db import Tx
from contracts import Envelope
from contracts.checkout import OrderState

from delivery import store


async def record_order_event(tx: Tx, envelope: Envelope[OrderState]) -> None:
    """Once, for ever: the inbox forgets after a month, the record does not."""
    order = envelope.data
    chain = await store.chain_of(tx.session, order.id, order.creator_id)
    if (await tx.session.execute(store.recorded(order.id, envelope.id))).first() is None:
        await store.append_event(tx.session, chain.append(envelope, tx.clock.now()))
