"""Pages, and what is sold on them."""

from dataclasses import dataclass
from uuid import UUID

from chassis.db import Tx
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from checkout.models import MirroredCreator, MirroredPage, MirroredProduct, Order
from checkout.store.orders import order_by_id


async def page_by_short_id(session: AsyncSession, short_id: str) -> MirroredPage | None:
    return (await session.exec(select(MirroredPage).where(MirroredPage.short_id == short_id))).first()


async def page_of(session: AsyncSession, order: Order) -> MirroredPage:
    """The page an order was placed on: it was known then, and mirrors are never removed."""
    page = await session.get(MirroredPage, order.sales_page_id)
    assert page is not None
    return page


async def page_unchanged(tx: Tx, order_id: UUID) -> MirroredPage:
    """The order's page, which nobody changes until the transaction ends; to be asked for before any other lock."""
    order = await order_by_id(tx.session, order_id)
    query = select(MirroredPage).where(MirroredPage.id == order.sales_page_id).with_for_update(read=True)
    return (await tx.session.exec(query)).one()


@dataclass(frozen=True)
class Sold:
    """What a buyer is told about an order besides its state."""

    page: MirroredPage
    product: MirroredProduct
    creator: MirroredCreator


async def sold(session: AsyncSession, order: Order) -> Sold:
    """All were known when the order was placed."""
    page = await page_of(session, order)
    product = await session.get(MirroredProduct, order.product_id)
    creator = await session.get(MirroredCreator, order.creator_id)
    assert product is not None
    assert creator is not None
    return Sold(page, product, creator)
