"""What Stripe has made of an order: its session, refunds and disputes, and the events that told of them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from chassis.db import Tx
from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from checkout.models import CheckoutSession, Dispute, Order, Refund, RefundStatus, StripeEvent


async def checkout_session_of(session: AsyncSession, order_id: UUID) -> CheckoutSession | None:
    """To be changed only by who holds the order's lock."""
    return (await session.exec(select(CheckoutSession).where(CheckoutSession.order_id == order_id))).first()


async def page_closes_at(tx: Tx, page_id: UUID, closes_at: datetime) -> None:
    """Ask about the page's open sessions when it closes, if that is sooner than planned."""
    sooner = text(
        "UPDATE checkout_sessions s SET ask_due_at = :at FROM orders o"
        " WHERE o.id = s.order_id AND o.sales_page_id = :page AND o.status = 'processing'"
        " AND s.committed_at IS NULL AND s.ask_due_at > :at"
    )
    await tx.session.execute(sooner, {"page": page_id, "at": closes_at})


async def refunds_of(session: AsyncSession, order_id: UUID) -> Sequence[Refund]:
    query = select(Refund).where(Refund.order_id == order_id).order_by(col(Refund.id))
    return (await session.exec(query)).all()


async def amount_being_refunded(session: AsyncSession, order_id: UUID) -> int:
    """Asked of Stripe and not answered yet, so that no total has it."""
    refunds = await refunds_of(session, order_id)
    return sum(refund.amount for refund in refunds if refund.status is RefundStatus.REQUESTED)


async def dispute_by_stripe_id(session: AsyncSession, stripe_dispute_id: str) -> Dispute | None:
    return (await session.exec(select(Dispute).where(Dispute.stripe_dispute_id == stripe_dispute_id))).first()


async def amount_lost(session: AsyncSession, order_id: UUID) -> int:
    """What banks took back for good."""
    disputes = (await session.exec(select(Dispute).where(Dispute.order_id == order_id))).all()
    return sum(dispute.amount for dispute in disputes if dispute.is_lost)


async def disputes_of(
    session: AsyncSession, creator_id: UUID, order_id: UUID | None, before: UUID | None, limit: int
) -> Sequence[Dispute]:
    """Of the creator's orders, the newest first, beginning after `before`."""
    query = select(Dispute).join(Order, col(Order.id) == col(Dispute.order_id)).where(Order.creator_id == creator_id)
    if order_id is not None:
        query = query.where(Dispute.order_id == order_id)
    if before is not None:
        query = query.where(Dispute.id < before)
    return (await session.exec(query.order_by(col(Dispute.id).desc()).limit(limit))).all()


async def unapplied_event(tx: Tx, event_id: str) -> StripeEvent | None:
    """The event if it has not been followed yet, locked until the transaction ends."""
    query = select(StripeEvent).where(StripeEvent.id == event_id, col(StripeEvent.applied_at).is_(None))
    return (await tx.session.exec(query.with_for_update())).first()


async def events_waiting_for(session: AsyncSession, payment_id: str) -> Sequence[StripeEvent]:
    """What came before its payment was known, oldest first."""
    query = select(StripeEvent).where(StripeEvent.payment_id == payment_id, col(StripeEvent.applied_at).is_(None))
    return (await session.exec(query.order_by(col(StripeEvent.received_at)))).all()
