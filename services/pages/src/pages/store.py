"""Queries worth a name."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from chassis.db import Session, Tx
from chassis.edge import owe
from chassis.errors import NotFound, NotHeardYet
from contracts.checkout import OrderStatus
from contracts.pages import PageStatus
from sqlalchemy import Date, Select, Text, bindparam, case, cast, func, literal, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import col

from pages.models import (
    EDGE_WRITES,
    MirroredCreator,
    MirroredOrder,
    MirroredProduct,
    MirroredRegistration,
    MirroredStock,
    PageViews,
    SalesPage,
)
from pages.models.sales_page import WARNED_BEFORE
from pages.views import PublicPage

CHANGED = "pages_changed"
"""The NOTIFY channel on which gateways hear which short id to forget: told with the commit, never before."""
EDGE_KEY = "page:"
"""What a short id stands behind in the edge's namespace."""

SOLD = (OrderStatus.COMPLETED, OrderStatus.PARTIALLY_REFUNDED, OrderStatus.DISPUTED)
TAKEN_BACK = (OrderStatus.REFUNDED, OrderStatus.CHARGED_BACK)


async def own_page(session: Session, creator_id: UUID, page_id: UUID, *, to_change: bool = False) -> SalesPage:
    """Raises NotFound for another creator's page, as for one that does not exist."""
    page = await session.get(SalesPage, page_id, with_for_update=to_change or None)
    if page is None or page.creator_id != creator_id:
        raise NotFound
    return page


def pages_of(creator_id: UUID, *, before: UUID | None, status: PageStatus | None, limit: int) -> Select[SalesPage]:
    """Newest first."""
    query = select(SalesPage).where(col(SalesPage.creator_id) == creator_id)
    if before is not None:
        query = query.where(col(SalesPage.id) < before)
    if status is not None:
        query = query.where(col(SalesPage.status) == status)
    return query.order_by(col(SalesPage.id).desc()).limit(limit)


def page_of_short_id(short_id: str) -> Select[SalesPage]:
    return select(SalesPage).where(col(SalesPage.short_id) == short_id)


def is_withdrawn(short_id: str) -> Select[bool]:
    """Whether a page of this address was published, and taken down."""
    page = page_of_short_id(short_id).where(col(SalesPage.status) == PageStatus.WITHDRAWN)
    return select(page.exists())


def pages_selling(product_id: UUID) -> Select[str]:
    """The short ids of the pages that sell a product."""
    return select(col(SalesPage.short_id)).where(col(SalesPage.product_ids).contains([product_id]))


def page_and_those_before(short_id: str) -> Select[str]:
    """`short_id`, and those of the pages that lead to it after their expiry."""
    own, leads_to = col(SalesPage.short_id) == short_id, col(SalesPage.successor_short_id) == short_id
    return select(col(SalesPage.short_id)).where(own | leads_to)


def _published() -> Any:
    return col(SalesPage.status) == text("'published'")


def to_launch(now: datetime, limit: int) -> Select[SalesPage]:
    due = (_published(), col(SalesPage.launched_at).is_(None), col(SalesPage.launch_at) <= now)
    return select(SalesPage).where(*due).order_by(col(SalesPage.launch_at)).limit(limit)


def to_warn(now: datetime, limit: int) -> Select[SalesPage]:
    due = (_published(), col(SalesPage.warned_at).is_(None), col(SalesPage.expires_at) <= now + WARNED_BEFORE)
    return select(SalesPage).where(*due).order_by(col(SalesPage.expires_at)).limit(limit)


def to_expire(now: datetime, limit: int) -> Select[SalesPage]:
    due = (_published(), col(SalesPage.expired_at).is_(None), col(SalesPage.expires_at) <= now)
    return select(SalesPage).where(*due).order_by(col(SalesPage.expires_at)).limit(limit)


def next_launch() -> Select[Any]:
    return select(func.min(SalesPage.launch_at)).where(_published(), col(SalesPage.launched_at).is_(None))


def next_warning() -> Select[Any]:
    soonest = func.min(SalesPage.expires_at) - WARNED_BEFORE
    return select(soonest).where(_published(), col(SalesPage.warned_at).is_(None))


def next_expiry() -> Select[Any]:
    return select(func.min(SalesPage.expires_at)).where(_published(), col(SalesPage.expired_at).is_(None))


async def products(session: Session, ids: Sequence[UUID]) -> dict[UUID, MirroredProduct]:
    rows = await session.execute(select(MirroredProduct).where(col(MirroredProduct.id).in_(ids)))
    return {product.id: product for product in rows.scalars()}


async def public_page(session: Session, short_id: str) -> PublicPage | None:
    """None when there is no page that anybody may see. Raises NotHeardYet while what or who sells is on its way."""
    page = (await session.execute(page_of_short_id(short_id))).scalar_one_or_none()
    if page is None or page.status != PageStatus.PUBLISHED:
        return None
    sold = await products(session, page.product_ids)
    creator = await session.get(MirroredCreator, page.creator_id)
    if creator is None or not sold.keys() >= set(page.product_ids):
        raise NotHeardYet
    stock = await session.get(MirroredStock, page.id)
    successor = await _visible_successor(session, page)
    return PublicPage(page, [sold[i] for i in page.product_ids], creator.name, _remaining(page, stock), successor)


async def _visible_successor(session: Session, page: SalesPage) -> str | None:
    """The short id of the page that follows, once it is published."""
    if page.successor_short_id is None:
        return None
    status = select(col(SalesPage.status)).where(col(SalesPage.short_id) == page.successor_short_id)
    return page.successor_short_id if await session.scalar(status) == PageStatus.PUBLISHED else None


def _remaining(page: SalesPage, stock: MirroredStock | None) -> int | None:
    """Until stock was told, all that the page was given is left."""
    if page.quantity_limit is None:
        return None
    if stock is None:
        return page.quantity_limit
    sold_or_held = stock.quantity_limit - stock.remaining
    return max(0, page.quantity_limit - sold_or_held)


async def forget_cached(tx: Tx, condition: Select[str] | str | Sequence[str], *, edge: bool = True) -> None:
    """Tell every gateway, with the commit, to forget a short id, some, or those that a query finds; and the edge,
    unless what changed is nothing that it knows.

    Once a transaction, after its pages were locked: what is owed is locked as well, in the order of the keys.
    """
    if isinstance(condition, str):
        condition = [condition]
    if not isinstance(condition, Select):
        condition = select(func.unnest(bindparam("short_ids", condition, ARRAY(Text))).label("short_id"))
    found = condition.subquery().c[0]
    await tx.session.execute(select(func.pg_notify(CHANGED, found)))
    if edge:
        await owe(tx, EDGE_WRITES, select(literal(EDGE_KEY).concat(found)))


def known_by(stock: MirroredStock) -> Select[str]:
    return select(col(SalesPage.short_id)).where(col(SalesPage.id) == stock.id)


def every_page_of(creator_id: UUID) -> Select[SalesPage]:
    """The newest first, as the publication of a next edition locks them."""
    return select(SalesPage).where(col(SalesPage.creator_id) == creator_id).order_by(col(SalesPage.id).desc())


def pages_of_creator(creator_id: UUID) -> Select[str]:
    return select(col(SalesPage.short_id)).where(col(SalesPage.creator_id) == creator_id)


def views_by_day(page_id: UUID, first: date | None, last: date | None) -> Select[date, str, int, int]:
    seen = PageViews
    query = select(col(seen.day), col(seen.source), col(seen.views), col(seen.bot_views))
    return query.where(col(seen.page_id) == page_id, *_between(seen.day, first, last))


def registrations_by_day(page_id: UUID, zone: str, since: datetime | None, until: datetime | None) -> Select[Any]:
    """By source. `until` is excluded."""
    made = MirroredRegistration
    those = (col(made.sales_page_id) == page_id, col(made.stands).is_(True), *_within(made.registered_at, since, until))
    query = select(_day(made.registered_at, zone), col(made.source), func.count().label("registrations"))
    return query.where(*those).group_by(text("day"), col(made.source))


def orders_by_day(page_id: UUID, zone: str, since: datetime | None, until: datetime | None) -> Select[Any]:
    """By source and currency. `until` is excluded."""
    order = MirroredOrder
    status = col(order.status)
    kept = case((status == OrderStatus.CHARGED_BACK, 0), else_=col(order.amount_paid) - col(order.amount_refunded))
    query = select(
        _day(order.created_at, zone),
        col(order.source),
        col(order.currency),
        func.count().label("checkouts"),
        func.count().filter(status.in_(SOLD)).label("sales"),
        func.count().filter(status.in_(TAKEN_BACK)).label("refunds"),
        func.sum(kept).label("revenue"),
    )
    those = (col(order.sales_page_id) == page_id, *_within(order.created_at, since, until))
    return query.where(*those).group_by(text("day"), col(order.source), col(order.currency))


def _day(instant: Any, zone: str) -> Any:
    return cast(func.timezone(zone, instant), Date).label("day")


def _between(column: Any, first: Any | None, last: Any | None) -> list[Any]:
    return [*([col(column) >= first] if first else []), *([col(column) <= last] if last else [])]


def _within(column: Any, since: Any | None, until: Any | None) -> list[Any]:
    return [*([col(column) >= since] if since else []), *([col(column) < until] if until else [])]
