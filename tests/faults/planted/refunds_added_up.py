"""Planted: what Stripe tells of refunds is added to what the order has, each time that it is told."""

from checkout.models import Order
from contracts.checkout import OrderFailed, OrderRefunded

from tests.faults.planted.entry import plant, start

set_to = Order.refunded_to


def added_to(order: Order, total: int, *, revoke: bool) -> list[OrderFailed | OrderRefunded]:
    return set_to(order, order.amount_refunded + total, revoke=revoke)


plant(Order, "refunded_to", added_to)
start()
