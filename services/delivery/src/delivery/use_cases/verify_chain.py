"""Whether the record of orders is what was recorded."""

from chassis.db import Session
from sqlalchemy import select
from sqlmodel import col

from delivery.chains import BrokenRow, verify_order
from delivery.models import OrderChain


async def verify_chain(session: Session) -> list[BrokenRow]:
    """The first broken row of every order that has one."""
    orders = (await session.execute(select(col(OrderChain.order_id)).order_by(col(OrderChain.order_id)))).scalars()
    found = [await verify_order(session, order_id) for order_id in orders.all()]
    return [broken for broken in found if broken is not None]
