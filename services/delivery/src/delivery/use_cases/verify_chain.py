"""Whether the record of orders is what was recorded."""

from chassis.db import Session

from delivery import store
from delivery.chains import BrokenRow, verify_order


async def verify_chain(session: Session) -> list[BrokenRow]:
    """The first broken row of every order that has one, an order whose chain lost its head among them."""
    found: list[BrokenRow | None] = []
    orders = (await session.execute(store.chained_orders(after=None))).scalars().all()
    while orders:
        found += [await verify_order(session, order_id) for order_id in orders]
        session.expunge_all()  # a large record must not pile up in memory
        orders = (await session.execute(store.chained_orders(after=orders[-1]))).scalars().all()
    headless = (await session.execute(store.orders_without_chain())).scalars().all()
    found += [await verify_order(session, order_id) for order_id in headless]
    return [broken for broken in found if broken is not None]
