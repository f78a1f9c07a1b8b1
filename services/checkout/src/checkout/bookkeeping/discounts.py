"""A discount code's caps. Its row is held from the count to the commit, so that of many at once none passes them."""

from uuid import UUID

from chassis.clock import new_id
from chassis.db import Tx
from chassis.errors import Invalid
from sqlalchemy import func, text
from sqlmodel import col, select

from checkout import store
from checkout.errors import DiscountUnknown, DiscountUsedUp
from checkout.models import DiscountCode, DiscountUse, MirroredPage, Order


async def code_for(tx: Tx, page: MirroredPage, typed: str) -> DiscountCode:
    """The page's code, held until the transaction ends; raises DiscountUnknown."""
    code = await store.discount_code_to_change(tx, page.id, typed.strip().upper())
    if code is None:
        raise DiscountUnknown
    return code


async def take_discount(tx: Tx, order: Order, code: DiscountCode, email: str | None) -> None:
    """The order uses `code`, which is held. Raises DiscountUsedUp, or Invalid where an address is needed."""
    if code.max_uses is not None and code.uses >= code.max_uses:
        raise DiscountUsedUp
    if code.max_uses_per_customer is not None:
        if email is None:
            raise Invalid("#/email", "This discount code is counted by customer: give your address.")
        if await _uses_of(tx, code.id, order.customer_id) >= code.max_uses_per_customer:
            raise DiscountUsedUp("You have used it as often as it can be used.")
    code.uses += 1
    use = DiscountUse(id=new_id(), order_id=order.id, discount_code_id=code.id, customer_id=order.customer_id)
    tx.session.add(use)


async def _uses_of(tx: Tx, code_id: UUID, customer_id: UUID) -> int:
    query = select(func.count(col(DiscountUse.id))).where(
        DiscountUse.discount_code_id == code_id, DiscountUse.customer_id == customer_id
    )
    return (await tx.session.exec(query)).one()


async def give_back_discount(tx: Tx, order: Order) -> None:
    """The order ended unpaid: its use is free for another."""
    if order.discount_code_id is None:
        return
    await tx.session.execute(
        text(
            "WITH gone AS (DELETE FROM discount_uses WHERE order_id = :order RETURNING discount_code_id)"
            " UPDATE discount_codes SET uses = uses - 1 WHERE id IN (SELECT discount_code_id FROM gone)"
        ),
        {"order": order.id},
    )


async def keep_discount(tx: Tx, order: Order) -> None:
    """The order is paid at the price it was promised: it uses its code, even if it had given it back before."""
    if order.discount_code_id is None:
        return
    await tx.session.execute(
        text(
            "WITH again AS (INSERT INTO discount_uses (id, order_id, discount_code_id, customer_id)"
            " VALUES (:id, :order, :code, :customer) ON CONFLICT (order_id) DO NOTHING RETURNING discount_code_id)"
            " UPDATE discount_codes SET uses = uses + 1 WHERE id IN (SELECT discount_code_id FROM again)"
        ),
        {"id": new_id(), "order": order.id, "code": order.discount_code_id, "customer": order.customer_id},
    )
