"""Orders to hold against what Stripe says."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from chassis.db import Tx
from contracts.checkout import OrderStatus
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from checkout.models import CheckoutSession, Order, Reconciliation


async def take_day(tx: Tx, day: date, lease: timedelta) -> bool:
    """Whether the day's comparison is ours to make: nobody has finished it, or is making it."""
    now = tx.clock.now()
    ours = insert(Reconciliation).values(day=day, started_at=now, payments=0, findings=0)
    given_up = col(Reconciliation.finished_at).is_(None) & (col(Reconciliation.started_at) < now - lease)
    taken = ours.on_conflict_do_update(index_elements=["day"], set_={"started_at": now}, where=given_up)
    return (await tx.session.execute(taken.returning(col(Reconciliation.day)))).first() is not None


async def orders_to_compare(
    session: AsyncSession, since: datetime, until: datetime, after: UUID | None, limit: int
) -> Sequence[tuple[Order, datetime | None]]:
    """(order, when its payment was followed), of those placed in [since, until), by id."""
    query = select(Order, col(CheckoutSession.settled_at)).outerjoin(CheckoutSession)
    query = query.where(Order.created_at >= since, Order.created_at < until)
    if after is not None:
        query = query.where(Order.id > after)
    return (await session.exec(query.order_by(col(Order.id)).limit(limit))).all()


async def unknown_orders(session: AsyncSession, order_ids: Sequence[UUID]) -> Sequence[UUID]:
    """Those of which there is no order."""
    query = text(
        "SELECT asked.id FROM unnest(CAST(:ids AS uuid[])) AS asked (id)"
        " WHERE NOT EXISTS (SELECT FROM orders WHERE orders.id = asked.id)"
    )
    return (await session.execute(query, {"ids": order_ids})).scalars().all()


async def stuck_orders(tx: Tx, before: datetime, limit: int) -> Sequence[Order]:
    """Unpaid since `before`, in nobody's review, and with no session that is asked about; locked."""
    asked = select(CheckoutSession.id).where(
        CheckoutSession.order_id == Order.id, col(CheckoutSession.ask_due_at).is_not(None)
    )
    query = select(Order).where(
        Order.status == OrderStatus.PROCESSING,
        Order.created_at < before,
        col(Order.needs_review).is_(False),
        ~asked.exists(),
    )
    return (await tx.session.exec(query.limit(limit).with_for_update(skip_locked=True))).all()
