"""What becomes of an order by a dispute, told in any order: its stage only goes forward."""

from chassis.clock import new_id
from chassis.db import Tx

from checkout import store
from checkout.bookkeeping.refusals import recording_refusals
from checkout.models import Dispute, DisputeStage, Order
from checkout.ports import DisputeFacts


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
    async with recording_refusals(tx, order, because):
        if before == DisputeStage.INQUIRY and not facts.is_inquiry:
            tx.publish(order.dispute())
        if stage is DisputeStage.CLOSED:
            dispute.closed_at = tx.clock.now()
            if not facts.is_inquiry:
                tx.publish(order.close_dispute(lost=facts.status == "lost"))
    return True


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
