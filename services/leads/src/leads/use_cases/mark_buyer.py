"""An order was paid by somebody who came with a pass: their registration says so from now on."""

from chassis.db import Tx
from contracts import Envelope
from contracts.checkout import OrderPaid

from leads import store


async def mark_buyer(tx: Tx, envelope: Envelope[OrderPaid]) -> None:
    """The first order counts. Who was deleted meanwhile, or registered for another page, is nobody."""
    order = envelope.data
    if order.registration_id is None:
        return
    registration = await store.registration_to_change(tx.session, order.registration_id)
    if registration is None or registration.sales_page_id != order.sales_page_id:
        return
    registration.buy(order.id)
    if (offer := await store.open_offer(tx.session, registration.id)) is not None:
        tx.publish(offer.take_up(order.paid_at or envelope.time))
