"""Discount codes."""

from collections.abc import Sequence
from uuid import UUID

from chassis.db import Tx
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from checkout.models import DiscountCode


async def discount_code_to_change(tx: Tx, page_id: UUID, code: str) -> DiscountCode | None:
    """The page's code of that name, locked until the transaction ends."""
    query = select(DiscountCode).where(
        DiscountCode.sales_page_id == page_id, DiscountCode.code == code, col(DiscountCode.withdrawn_at).is_(None)
    )
    return (await tx.session.exec(query.with_for_update())).first()


async def discount_codes_of(
    session: AsyncSession, creator_id: UUID, page_id: UUID | None, before: UUID | None, limit: int
) -> Sequence[DiscountCode]:
    """Those not withdrawn, the newest first, beginning after `before`."""
    query = select(DiscountCode).where(DiscountCode.creator_id == creator_id, col(DiscountCode.withdrawn_at).is_(None))
    if page_id is not None:
        query = query.where(DiscountCode.sales_page_id == page_id)
    if before is not None:
        query = query.where(DiscountCode.id < before)
    return (await session.exec(query.order_by(col(DiscountCode.id).desc()).limit(limit))).all()
