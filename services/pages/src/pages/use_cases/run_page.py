"""A page's life, by its creator's hand: published, changed, extended, withdrawn, deleted."""

from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.db import Tx
from contracts.pages import PageStatus

from pages import store
from pages.errors import NotADraft, StillSelling, SuccessorUnknown
from pages.models import SalesPage
from pages.offers import check_for_sale, check_products


async def publish_page(tx: Tx, creator_id: UUID, page_id: UUID) -> SalesPage:
    """Raises NotFound, NotADraft, ProductNotForSale, Invalid."""
    page = await store.own_page(tx.session, creator_id, page_id, to_change=True)
    await check_for_sale(tx, page)
    tx.publish(page.publish(tx.clock.now()))
    if page.relaunch_of is not None:
        await _lead_to(tx, page.relaunch_of, page)
    await store.forget_cached(tx, store.page_and_those_before(page.short_id))
    return page


async def _lead_to(tx: Tx, page_id: UUID, successor: SalesPage) -> None:
    """The page before leads to `successor` from its expiry on; one that nobody sees any more does not."""
    page = await store.own_page(tx.session, successor.creator_id, page_id, to_change=True)
    if page.status == PageStatus.PUBLISHED:
        tx.publish(page.lead_to(successor, tx.clock.now()))


async def change_page(tx: Tx, page: SalesPage, changes: dict[str, Any]) -> None:
    """`page` was read for change. Raises what the page says of its state, and of its products."""
    if "product_ids" in changes:
        await check_products(tx, page.creator_id, changes["product_ids"])
    if changes.get("successor_short_id") is not None:
        await _check_successor(tx, page, changes["successor_short_id"])
    updated = page.change(changes, tx.clock.now())
    if updated is not None:
        tx.publish(updated)
        await store.forget_cached(tx, page.short_id)


async def _check_successor(tx: Tx, page: SalesPage, short_id: str) -> None:
    """The creator's own, and made after `page`, so that no two lead to each other. Raises SuccessorUnknown."""
    found = (await tx.session.execute(store.page_of_short_id(short_id))).scalar_one_or_none()
    if found is None or found.creator_id != page.creator_id or found.id <= page.id:
        raise SuccessorUnknown


async def extend_page(tx: Tx, page: SalesPage, expires_at: datetime) -> None:
    """`page` was read for change. Raises NotPublished, PageOver, ExtensionLimitReached, Invalid."""
    tx.publish(page.extend(expires_at, tx.clock.now()))
    await store.forget_cached(tx, page.short_id)


async def withdraw_page(tx: Tx, creator_id: UUID, page_id: UUID) -> SalesPage:
    """Nobody sees it from now on. Again is harmless. Raises NotFound, NotPublished."""
    page = await store.own_page(tx.session, creator_id, page_id, to_change=True)
    withdrawn = page.withdraw(tx.clock.now())
    if withdrawn is not None:
        tx.publish(withdrawn)
        await store.forget_cached(tx, store.page_and_those_before(page.short_id))
    return page


async def delete_page(tx: Tx, creator_id: UUID, page_id: UUID) -> None:
    """Drafts are gone; what was public is kept for its orders. Raises NotFound, StillSelling, NotADraft."""
    page = await store.own_page(tx.session, creator_id, page_id, to_change=True)
    if page.status == PageStatus.PUBLISHED:
        raise StillSelling
    if page.status == PageStatus.WITHDRAWN:
        raise NotADraft("It is kept for its orders; nobody sees it any more.")
    await tx.session.delete(page)
