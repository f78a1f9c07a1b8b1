"""What becomes of an order by its payment's refunds at Stripe, whoever made them. Totals are set, never added up."""

from collections.abc import Sequence

from chassis.clock import new_id
from chassis.db import Tx
from contracts.checkout import OrderStatus

from checkout import store
from checkout.bookkeeping.disputes import stand_by_disputes
from checkout.bookkeeping.refusals import recording_refusals
from checkout.bookkeeping.reviews import end_unfulfilled
from checkout.models import Order, Refund, RefundStatus
from checkout.ports import Ledger, RefundFacts

ORDER_REFUNDED = "order-refunded"
NOT_RETURNED = "late-payment-not-refunded"
"""Money that was to go back by itself and cannot is a person's to look at."""


async def number_look(tx: Tx, payment_id: str) -> int | None:
    """Number a look at Stripe before it begins, so that of two that cross the newer one counts; None if unknown."""
    order = await store.order_of_payment(tx, payment_id)
    if order is None:
        return None
    order.ledger_looks += 1
    return order.ledger_looks


async def follow_ledger(tx: Tx, ledger: Ledger, look: int, because: str) -> None:
    """Set the refunds and the order's total to what Stripe said; a look older than one already followed is dropped."""
    order = await store.order_of_payment(tx, ledger.payment_id)
    if order is None or look <= order.ledger_applied:
        return
    order.ledger_applied = look
    refunds = await _follow_refunds(tx, order, ledger)
    revoke = any(refund.revoke_access and refund.counts for refund in refunds)
    async with recording_refusals(tx, order, because):
        tx.publish(*order.refunded_to(ledger.amount_refunded, revoke=revoke))
    if order.owes_return and not (order.needs_review or any(refund.is_under_way for refund in refunds)):
        order.put_in_review(NOT_RETURNED)
    await stand_by_disputes(tx, order)
    if order.status is OrderStatus.REFUNDED:
        await end_unfulfilled(tx, order)


async def _follow_refunds(tx: Tx, order: Order, ledger: Ledger) -> Sequence[Refund]:
    known = {refund.id: refund for refund in await store.refunds_of(tx.session, order.id)}
    by_stripe_id = {refund.stripe_refund_id: refund for refund in known.values()}
    for facts in ledger.refunds:
        refund = by_stripe_id.get(facts.id) or (known.get(facts.refund_id) if facts.refund_id else None)
        if refund is None:
            refund = made_at_stripe(order, facts)
            known[refund.id] = refund
            tx.session.add(refund)
        await follow_refund(tx, refund, facts)
    return list(known.values())


def made_at_stripe(order: Order, facts: RefundFacts) -> Refund:
    """One that somebody made in Stripe's dashboard: access ends if it is the whole amount, else not."""
    assert order.payment_id is not None
    return Refund(
        id=new_id(),
        order_id=order.id,
        payment_id=order.payment_id,
        stripe_refund_id=facts.id,
        amount=facts.amount,
        revoke_access=False,
        reason="stripe",
        created_at=facts.created_at,
        due_at=facts.created_at,
    )


async def follow_refund(tx: Tx, refund: Refund, facts: RefundFacts) -> None:
    """The buyer is told once that money is on its way."""
    refund.stripe_refund_id = facts.id
    refund.status, refund.failure = RefundStatus(facts.status), facts.failure
    if refund.counts:
        await tx.session.flush()
        await tx.owe_mail(ORDER_REFUNDED, refund.id)
