"""A creator has looked at what is wrong with an order, and takes it off the list."""

from uuid import UUID

from chassis.db import Tx
from chassis.errors import NotFound

from checkout import store
from checkout.bookkeeping.reviews import end_unfulfilled


async def end_review(tx: Tx, creator_id: UUID, order_id: UUID) -> None:
    """What is still wrong when it is next compared is listed again. Raises NotFound or ReviewOpen."""
    order = await store.order_to_change(tx, order_id)
    if order is None or order.creator_id != creator_id:
        raise NotFound
    if order.needs_review:
        tx.publish(*order.end_review(lost=await store.amount_lost(tx.session, order.id)))
        await end_unfulfilled(tx, order)
        await tx.log_security("review-ended", order.id, reason=order.reason)
