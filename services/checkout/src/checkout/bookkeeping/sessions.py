"""What becomes of an order by what Stripe says of its Checkout Session: in any order, any number of times."""

from datetime import datetime

from chassis.clock import new_id
from chassis.db import Tx
from contracts.checkout import OrderStatus

from checkout import store
from checkout.bookkeeping.discounts import give_back_discount, keep_discount
from checkout.bookkeeping.refusals import recording_refusals
from checkout.bookkeeping.stock import move_unit, take_unit
from checkout.links import BuyerLinks
from checkout.models import CheckoutSession, MirroredPage, Order, Payment, Refund, Unit
from checkout.ports import SessionFacts

ORDER_LINK = "order-link"
PAID_AFTER_EXPIRY, PAID_AFTER_SELL_OUT = "paid-after-expiry", "paid-after-sell-out"
"""Why a payment goes back."""


def ends_at(order: Order, session: CheckoutSession, page: MirroredPage) -> datetime:
    """When the session is ended: with the page, unless the page's policy lets it run out."""
    return session.expires_at if page.honours(order.created_at, page.closes_at) else page.closes_at


async def follow_session(tx: Tx, links: BuyerLinks, facts: SessionFacts, because: str) -> bool:
    """False when it cannot be followed yet: the order is unknown, or whether it was paid in time."""
    order = await store.order_to_change(tx, facts.order_id)
    session = await store.checkout_session_of(tx.session, facts.order_id)
    if order is None or session is None:
        return False
    if session.stripe_session_id not in {None, facts.id}:
        return _follow_stranger(order, facts)
    session.stripe_session_id = facts.id
    session.committed_at = session.committed_at or facts.committed_at
    if session.settled_at is None and (facts.paid or session.committed_at is not None):
        await _know_customer(tx, order, facts)
    if facts.paid:
        return await _follow_payment(tx, links, order, session, facts)
    if facts.failed or facts.expired:
        async with recording_refusals(tx, order, because):
            await _follow_end(tx, order, session, facts)
    return True


def _follow_stranger(order: Order, facts: SessionFacts) -> bool:
    """A session opened twice by an interrupted call: nobody was sent to it, so a payment there is for a person."""
    if facts.paid and not order.needs_review:
        order.put_in_review("paid-twice")
    return True


async def _follow_end(tx: Tx, order: Order, session: CheckoutSession, facts: SessionFacts) -> None:
    page = await store.page_of(tx.session, order)
    if facts.failed:
        tx.publish(order.fail("payment-failed"))
    else:
        tx.publish(order.expire("page-expired" if page.has_closed(tx.clock.now()) else "session-expired"))
    session.ended()
    await move_unit(tx, order, Unit.NONE)
    await give_back_discount(tx, order)


async def _follow_payment(
    tx: Tx, links: BuyerLinks, order: Order, session: CheckoutSession, facts: SessionFacts
) -> bool:
    if session.settled_at is not None:
        return True
    if session.committed_at is None:
        return False
    payment = Payment(facts.payment_id, facts.amount, facts.currency, session.committed_at)
    session.settled_at = tx.clock.now()
    session.ended()
    if (payment.amount, payment.currency) != (order.amount_due, order.currency):
        order.put_in_review("amount-differs", payment)
        if await _has_unit(tx, order, Unit.IN_REVIEW):
            await move_unit(tx, order, Unit.IN_REVIEW)
        return True
    await _fulfil_or_return(tx, links, order, payment)
    return True


async def _know_customer(tx: Tx, order: Order, facts: SessionFacts) -> None:
    """By what they gave at Stripe, unless they were erased after they had ordered.

    From when they confirmed, paid or not: so an erasure meanwhile is the order's too.
    """
    if not await store.was_erased(tx, order.customer_id):
        known = await store.customer_id_for(tx, order.creator_id, facts.email, facts.name)
        order.customer_id = known or order.customer_id


async def _fulfil_or_return(tx: Tx, links: BuyerLinks, order: Order, payment: Payment) -> None:
    """What was confirmed in time by the page's policy, and has a unit, is honoured; else all goes back."""
    page = await store.page_of(tx.session, order)
    refusal = await _why_refused(tx, order, page, payment)
    if refusal is None:
        await fulfil(tx, links, order, payment)
    else:
        await _return_payment(tx, order, payment, refusal)


async def _why_refused(tx: Tx, order: Order, page: MirroredPage, payment: Payment) -> str | None:
    """None when it is honoured; a unit that the order had given back is then taken again."""
    if not page.honours(order.created_at, payment.committed_at):
        return PAID_AFTER_EXPIRY
    return None if await _has_unit(tx, order, Unit.SOLD) else PAID_AFTER_SELL_OUT


async def _has_unit(tx: Tx, order: Order, unit: Unit) -> bool:
    """Whether the order has a unit, or could take one now (as `unit`)."""
    if order.unit is Unit.NONE and await take_unit(tx, order.sales_page_id, unit):
        order.unit = unit
    return order.unit is not Unit.NONE


async def fulfil(tx: Tx, links: BuyerLinks, order: Order, payment: Payment) -> None:
    """The order is paid: access is told, and the mail with the link is owed, in this transaction."""
    tx.publish(order.complete(payment, links.new_key(order.id, generation=1), tx.clock.now()))
    await move_unit(tx, order, Unit.SOLD)
    await keep_discount(tx, order)
    await tx.owe_mail(ORDER_LINK, order.id)


async def _return_payment(tx: Tx, order: Order, payment: Payment, reason: str) -> None:
    """All of it goes back, once; nothing is granted."""
    if order.status is OrderStatus.PROCESSING:
        tx.publish(order.expire(reason))
        await move_unit(tx, order, Unit.NONE)
        await give_back_discount(tx, order)
    order.refuse_payment(payment, reason)
    assert payment.id is not None
    now = tx.clock.now()
    tx.session.add(
        Refund(
            id=new_id(),
            order_id=order.id,
            payment_id=payment.id,
            amount=payment.amount,
            revoke_access=True,
            reason="late-payment",
            created_at=now,
            due_at=now,
        )
    )
