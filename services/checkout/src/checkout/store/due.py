"""What is to be done now: taken under a lease, so that others leave it alone for a while."""

from datetime import datetime
from uuid import UUID

from chassis.db import Tx
from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from checkout.models import LEASE, CheckoutSession, Refund, RefundStatus, StripeEvent


async def take_due_events(tx: Tx, batch: int) -> list[str]:
    """The ids of kept events that are due, left alone by others for a while."""
    now = tx.clock.now()
    due = select(StripeEvent).where(col(StripeEvent.applied_at).is_(None), col(StripeEvent.due_at) <= now)
    query = due.order_by(col(StripeEvent.due_at)).limit(batch).with_for_update(skip_locked=True)
    events = (await tx.session.exec(query)).all()
    for event in events:
        event.due_at = now + LEASE
    return [event.id for event in events]


async def take_due_sessions(tx: Tx, batch: int) -> list[tuple[UUID, bool]]:
    """(order id, whether Stripe has opened its session), of those to ask about now; left alone by others."""
    now = tx.clock.now()
    due = select(CheckoutSession).where(col(CheckoutSession.ask_due_at) <= now)
    query = due.order_by(col(CheckoutSession.ask_due_at)).limit(batch).with_for_update(skip_locked=True)
    sessions = (await tx.session.exec(query)).all()
    for session in sessions:
        session.ask_due_at = now + LEASE
    return [(session.order_id, session.stripe_session_id is not None) for session in sessions]


async def next_session_due(session: AsyncSession) -> datetime | None:
    return (await session.exec(select(func.min(CheckoutSession.ask_due_at)))).one()


async def take_due_refunds(tx: Tx, batch: int) -> list[UUID]:
    """The ids of refunds to ask Stripe for, left alone by others for a while."""
    now = tx.clock.now()
    due = select(Refund).where(Refund.status == RefundStatus.REQUESTED, col(Refund.due_at) <= now)
    query = due.order_by(col(Refund.due_at)).limit(batch).with_for_update(skip_locked=True)
    refunds = (await tx.session.exec(query)).all()
    for refund in refunds:
        refund.due_at = now + LEASE
    return [refund.id for refund in refunds]
