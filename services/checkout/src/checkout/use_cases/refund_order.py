"""Refund an order, whole or in part: the wish is written down first, then Stripe is asked, once in effect."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid5

from chassis.api import KeyReused
from chassis.clock import backoff, new_id
from chassis.db import Database, Tx
from chassis.errors import Invalid, NotFound

from checkout import store
from checkout.bookkeeping.refunds import NOT_RETURNED, follow_ledger, follow_refund, number_look
from checkout.errors import NotRefundable
from checkout.models import LEASE, Order, Refund, RefundStatus
from checkout.ports import Payments, ProviderRefused, ProviderUnavailable, RefundFacts, RefundRequest

KEYS_KEPT = timedelta(hours=24)
"""How long Stripe answers the same under the same key, at least."""


@dataclass(frozen=True)
class RefundWish:
    """`amount` None is all that is left. `key`, the caller's Idempotency-Key, makes two wishes one."""

    creator_id: UUID
    order_id: UUID
    amount: int | None
    revoke_access: bool
    key: str | None


async def request_refund(tx: Tx, wish: RefundWish) -> UUID:
    """The id of the refund, which is requested from now on. Raises NotFound, NotRefundable, KeyReused or Invalid."""
    order = await store.order_to_change(tx, wish.order_id)
    if order is None or order.creator_id != wish.creator_id:
        raise NotFound
    refund_id = uuid5(order.id, wish.key) if wish.key else new_id()
    known = await tx.session.get(Refund, refund_id)
    if known is None:
        await _request(tx, order, wish, refund_id)
    elif wish.amount not in {None, known.amount}:
        raise KeyReused
    return refund_id


async def _request(tx: Tx, order: Order, wish: RefundWish, refund_id: UUID) -> None:
    order.check_refundable()
    left = order.amount_paid - order.amount_refunded - await store.amount_being_refunded(tx.session, order.id)
    amount = left if wish.amount is None else wish.amount
    if left <= 0:
        raise NotRefundable("All of it is being refunded already.")
    if amount > left:
        raise Invalid("#/amount", f"At most {left} can still be refunded.")
    assert order.payment_id is not None
    now = tx.clock.now()
    refund = Refund(
        id=refund_id,
        order_id=order.id,
        payment_id=order.payment_id,
        amount=amount,
        revoke_access=wish.revoke_access,
        reason="creator",
        created_at=now,
        due_at=now + LEASE,
    )
    tx.session.add(refund)


async def carry_out_refund(db: Database, payments: Payments, refund_id: UUID) -> None:
    """Ask Stripe for a refund that is requested; one that Stripe cannot answer now is asked for again later."""
    async with db.reading() as reading:
        refund = await reading.get(Refund, refund_id)
        assert refund is not None
        session = await store.checkout_session_of(reading, refund.order_id)
    if refund.status is not RefundStatus.REQUESTED:
        return
    asked = RefundRequest(
        refund_id=refund.id,
        order_id=refund.order_id,
        payment_id=refund.payment_id,
        amount=refund.amount,
        with_application_fee=session is not None and session.application_fee > 0,
    )
    try:
        await _ask(db, payments, refund, asked)
    except ProviderRefused as refused:
        await _refused(db, refund_id, refused.code)
    except ProviderUnavailable as unavailable:
        await _postpone(db, refund, another_key=unavailable.answered)


async def _ask(db: Database, payments: Payments, refund: Refund, asked: RefundRequest) -> None:
    """An earlier try may have refunded all the same: one answered by an error, whose key is used no more, or one of
    long ago, whose key Stripe has forgotten.
    """
    old = db.clock.now() - refund.created_at > KEYS_KEPT / 2
    done = (await payments.ledger(refund.payment_id)).of(refund.id) if refund.attempt > 1 or old else None
    facts = done or await payments.refund(asked, refund.idempotency_key)
    await _answered(db, refund.id, facts)
    await look_at_refunds(db, payments, refund.payment_id, because=str(refund.id))


async def look_at_refunds(db: Database, payments: Payments, payment_id: str, because: str) -> None:
    """Set the order's total from Stripe."""
    async with db.transaction() as tx:
        number = await number_look(tx, payment_id)
    if number is None:
        return
    ledger = await payments.ledger(payment_id)
    async with db.transaction() as tx:
        await follow_ledger(tx, ledger, number, because)


async def _answered(db: Database, refund_id: UUID, facts: RefundFacts) -> None:
    async with db.transaction() as tx:
        _, refund = await _to_change(tx, refund_id)
        if refund.status is RefundStatus.REQUESTED:
            await follow_refund(tx, refund, facts)


async def _refused(db: Database, refund_id: UUID, code: str | None) -> None:
    """Unless another call was answered meanwhile."""
    async with db.transaction() as tx:
        order, refund = await _to_change(tx, refund_id)
        if refund.status is not RefundStatus.REQUESTED:
            return
        refund.status, refund.failure = RefundStatus.FAILED, code or "refused"
        if refund.reason == "late-payment":
            order.put_in_review(NOT_RETURNED)


async def _postpone(db: Database, asked: Refund, *, another_key: bool) -> None:
    """Once for all who asked under one key: two keys in use at a time could refund twice."""
    async with db.transaction() as tx:
        _, refund = await _to_change(tx, asked.id)
        if refund.status is not RefundStatus.REQUESTED or refund.attempt != asked.attempt:
            return
        refund.tries += 1
        refund.attempt += another_key
        refund.due_at = tx.clock.now() + backoff(refund.tries)


async def _to_change(tx: Tx, refund_id: UUID) -> tuple[Order, Refund]:
    """Both locked, the order first, as everybody does."""
    known = await tx.session.get(Refund, refund_id)
    assert known is not None
    order = await store.order_to_change(tx, known.order_id)
    assert order is not None
    await tx.session.refresh(known)
    return order, known
