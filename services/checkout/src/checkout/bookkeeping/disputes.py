"""What becomes of an order by its disputes, told in any order: the stage of each only goes forward."""

from chassis.clock import new_id
from chassis.db import Tx
from contracts.checkout import OrderStatus
from sqlmodel import select

from checkout import store
from checkout.bookkeeping.refusals import recording_refusals
from checkout.models import Dispute, DisputeStage, Order
from checkout.ports import DisputeFacts

LOST_AFTER_REFUND = "lost-after-refund"
"""The money has gone back twice: by a refund, and by the bank."""


async def follow_dispute(tx: Tx, facts: DisputeFacts, because: str) -> bool:
    """False when its payment is not known yet. An inquiry suspends nothing: no money has moved."""
    order = await store.order_of_payment(tx, facts.payment_id)
    if order is None:
        return False
    dispute = await store.dispute_by_stripe_id(tx.session, facts.id) or _opened(tx, order, facts)
    before, stage = dispute.stage, _stage(facts)
    if stage < before or before == DisputeStage.CLOSED:
        return True
    dispute.stage, dispute.stripe_status = stage, facts.status
    dispute.due_by = facts.due_by or dispute.due_by
    if stage is DisputeStage.CLOSED:
        dispute.closed_at = tx.clock.now()
    if not facts.is_inquiry:
        async with recording_refusals(tx, order, because):
            if before == DisputeStage.INQUIRY and order.status is not OrderStatus.DISPUTED:
                tx.publish(order.dispute())
        await stand_by_disputes(tx, order)
    return True


async def stand_by_disputes(tx: Tx, order: Order) -> None:
    """Suspended while any of its disputes is open, ended when one is lost, else as its refunds have it."""
    await tx.session.flush()
    disputes = (await tx.session.exec(select(Dispute).where(Dispute.order_id == order.id))).all()
    lost = any(dispute.is_lost for dispute in disputes)
    suspended = lost or any(dispute.stage == DisputeStage.OPEN for dispute in disputes)
    if suspended and order.was_fulfilled and order.status in {OrderStatus.COMPLETED, OrderStatus.PARTIALLY_REFUNDED}:
        tx.publish(order.dispute())
    if order.status is OrderStatus.DISPUTED and (lost or not suspended):
        tx.publish(order.close_dispute(lost=lost))
    if lost and order.status is not OrderStatus.CHARGED_BACK and not order.needs_review:
        order.put_in_review(LOST_AFTER_REFUND)


def _stage(facts: DisputeFacts) -> DisputeStage:
    if facts.is_closed:
        return DisputeStage.CLOSED
    return DisputeStage.INQUIRY if facts.is_inquiry else DisputeStage.OPEN


def _opened(tx: Tx, order: Order, facts: DisputeFacts) -> Dispute:
    dispute = Dispute(
        id=new_id(),
        order_id=order.id,
        stripe_dispute_id=facts.id,
        amount=facts.amount,
        currency=facts.currency,
        reason=facts.reason,
        stripe_status=facts.status,
        created_at=facts.created_at,
        due_by=facts.due_by,
    )
    tx.session.add(dispute)
    return dispute
