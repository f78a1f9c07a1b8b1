"""What becomes of a unit and a discount whose order ended without being fulfilled, after a person had looked at it."""

from chassis.db import Tx

from checkout.bookkeeping.discounts import give_back_discount
from checkout.bookkeeping.stock import move_unit
from checkout.models import Order, Unit


async def end_unfulfilled(tx: Tx, order: Order) -> None:
    """Both are free for another; of an order that was fulfilled nothing changes."""
    if order.was_fulfilled:
        return
    if order.unit is Unit.IN_REVIEW:
        await move_unit(tx, order, Unit.NONE)
    await give_back_discount(tx, order)
