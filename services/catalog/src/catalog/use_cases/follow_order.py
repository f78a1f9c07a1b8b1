"""Catalog hears of a creator's sales: what the creator is written about, and what a page brought in."""

from chassis.db import Tx
from chassis.mirrors import keep_newest
from contracts import Envelope
from contracts.checkout import DisputeClosed, OrderDisputed, OrderPaid, OrderState

from catalog.models import MirroredOrder

MAILS: dict[type[OrderState], str] = {
    OrderPaid: "sale-made",
    OrderDisputed: "dispute-opened",
    DisputeClosed: "dispute-closed",
}


async def follow_order(tx: Tx, envelope: Envelope[OrderState]) -> None:
    """Keep the newest; each mail is owed once an order, whatever is told again."""
    order = envelope.data
    await keep_newest(tx.session, MirroredOrder.of(order))
    if (kind := MAILS.get(type(order))) is not None:
        await tx.owe_mail(kind, order.id)
