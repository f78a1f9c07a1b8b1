"""Orders, by what is known of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.db import Tx
from contracts.checkout import OrderStatus
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from checkout.models import Order


async def order_by_id(session: AsyncSession, order_id: UUID) -> Order:
    """An order that is known to exist."""
    order = await session.get(Order, order_id)
    assert order is not None
    return order


async def order_to_change(tx: Tx, order_id: UUID) -> Order | None:
    """The order, locked until the transaction ends."""
    query = select(Order).where(Order.id == order_id).with_for_update()
    return (await tx.session.exec(query.execution_options(populate_existing=True))).first()


async def order_of_payment(tx: Tx, payment_id: str) -> Order | None:
    """The order that was paid with `payment_id`, locked until the transaction ends."""
    return (await tx.session.exec(select(Order).where(Order.payment_id == payment_id).with_for_update())).first()


@dataclass(frozen=True)
class OrderFilter:
    """Of one creator's orders: those with each of these, where given, in [since, until)."""

    page_id: UUID | None = None
    product_id: UUID | None = None
    status: OrderStatus | None = None
    customer_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    needs_review: bool | None = None


async def orders_of(
    session: AsyncSession, creator_id: UUID, wanted: OrderFilter, before: UUID | None, limit: int
) -> Sequence[Order]:
    """The newest first, beginning after `before`."""
    query = select(Order).where(Order.creator_id == creator_id).order_by(col(Order.id).desc()).limit(limit)
    equal = {
        col(Order.sales_page_id): wanted.page_id,
        col(Order.product_id): wanted.product_id,
        col(Order.status): wanted.status,
        col(Order.customer_id): wanted.customer_id,
        col(Order.needs_review): wanted.needs_review,
    }
    query = query.where(*(column == value for column, value in equal.items() if value is not None))
    if wanted.since is not None:
        query = query.where(Order.created_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(Order.created_at < wanted.until)
    if before is not None:
        query = query.where(Order.id < before)
    return (await session.exec(query)).all()


async def orders_with_access(session: AsyncSession, customer_ids: Sequence[UUID], limit: int) -> Sequence[Order]:
    """Paid and not taken back, the newest first."""
    query = select(Order).where(
        col(Order.customer_id).in_(customer_ids),
        col(Order.status).in_([OrderStatus.COMPLETED, OrderStatus.PARTIALLY_REFUNDED]),
        col(Order.access_revoked).is_(False),
    )
    return (await session.exec(query.order_by(col(Order.id).desc()).limit(limit))).all()
