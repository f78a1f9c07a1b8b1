"""Units of a page's stock. Each change is one statement, which holds the row until the transaction ends."""

from uuid import UUID

from chassis.db import Tx
from sqlalchemy import text
from sqlmodel import select

from checkout.models import OfferState, Order, PageStock, Unit, WaitingListOffer

_COLUMNS = {Unit.HELD: "held", Unit.SOLD: "sold", Unit.IN_REVIEW: "in_review"}


async def limit_stock(tx: Tx, page_id: UUID, quantity_limit: int | None) -> None:
    """The page's limit, from its first mention on; None is without limit, counted all the same."""
    await tx.session.execute(
        text(
            "INSERT INTO page_stocks (page_id, quantity_limit, held, sold, in_review, version, told_version)"
            " VALUES (:page, :limit, 0, 0, 0, 1, 0) ON CONFLICT (page_id) DO UPDATE"
            " SET quantity_limit = excluded.quantity_limit, version = page_stocks.version + 1"
            " WHERE page_stocks.quantity_limit IS DISTINCT FROM excluded.quantity_limit"
        ),
        {"page": page_id, "limit": quantity_limit},
    )
    await tell_stock(tx, page_id)


async def take_unit(tx: Tx, page_id: UUID, unit: Unit) -> bool:
    """One more unit of the page is held or sold; False when the limit is reached."""
    column = _COLUMNS[unit]
    taken = await tx.session.execute(
        text(
            f"UPDATE page_stocks SET {column} = {column} + 1, version = version + 1 WHERE page_id = :page"  # noqa: S608
            " AND (quantity_limit IS NULL OR held + sold + in_review < quantity_limit) RETURNING page_id"
        ),
        {"page": page_id},
    )
    if taken.first() is None:
        return False
    await tell_stock(tx, page_id)
    return True


async def give_unit(tx: Tx, page_id: UUID, unit: Unit) -> None:
    """A unit that no order has is free again."""
    column = _COLUMNS[unit]
    statement = f"UPDATE page_stocks SET {column} = {column} - 1, version = version + 1 WHERE page_id = :page"  # noqa: S608
    await tx.session.execute(text(statement), {"page": page_id})
    await tell_stock(tx, page_id)


async def move_unit(tx: Tx, order: Order, to: Unit) -> None:
    """The order's unit counts as something else from now on; `NONE` gives it back to the page."""
    if order.unit is to:
        return
    changes = [f"{_COLUMNS[order.unit]} = {_COLUMNS[order.unit]} - 1"] if order.unit in _COLUMNS else []
    changes += [f"{_COLUMNS[to]} = {_COLUMNS[to]} + 1"] if to in _COLUMNS else []
    statement = f"UPDATE page_stocks SET {', '.join(changes)}, version = version + 1 WHERE page_id = :page"  # noqa: S608
    await tx.session.execute(text(statement), {"page": order.sales_page_id})
    order.unit = to
    await tell_stock(tx, order.sales_page_id)


async def tell_stock(tx: Tx, page_id: UUID) -> None:
    """StockChanged, unless one was told a moment ago."""
    query = select(PageStock).where(PageStock.page_id == page_id).with_for_update()
    await announce(tx, (await tx.session.exec(query.execution_options(populate_existing=True))).one())


async def announce(tx: Tx, stock: PageStock) -> None:
    """StockChanged of a locked `stock`, with the offers whose units are among those held; not a moment after one."""
    held = select(WaitingListOffer.id).where(
        WaitingListOffer.sales_page_id == stock.page_id, WaitingListOffer.state == OfferState.HELD
    )
    if (event := stock.tell(tx.clock.now(), (await tx.session.exec(held)).all())) is not None:
        tx.publish(event)
