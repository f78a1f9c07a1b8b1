"""Pages are locked first, and then what the edge is owed of them, in the order of its keys: none waits for another."""

import asyncio
from typing import Any

from chassis.db import Database, Tx
from chassis.lifecycle import Service
from chassis.testing import SettableClock, deliver, told, until_somebody_waits_for
from contracts.catalog import CreatorErased
from contracts.pages import PageExpiring, PageLaunched
from pages import store
from pages.jobs import announce
from pages.models import SalesPage
from sqlmodel import select

from .conftest import DAY, HOUR, Seller


async def locked(tx: Tx, page: dict[str, Any]) -> None:
    await tx.session.execute(store.page_of_short_id(page["shortId"]).with_for_update())


async def test_an_erasure_and_who_changes_a_page_do_not_wait_for_each_other(
    seller: Seller, service: Service, db: Database
) -> None:
    page, now = await seller.publishes(), seller.now()
    async with db.transaction() as tx:
        await locked(tx, page)
        erased = CreatorErased(id=seller.id, version=2, name="", created_at=now, updated_at=now)
        erasing = asyncio.create_task(deliver(service, erased))
        await until_somebody_waits_for(tx)
        await store.forget_cached(tx, page["shortId"])
    await erasing
    assert (await seller.send("GET", f"/{page['id']}")).json()["status"] == "withdrawn"


async def test_a_sweeper_and_who_changes_several_pages_do_not_wait_for_each_other(
    seller: Seller, db: Database, clock: SettableClock
) -> None:
    """It tells of a launch before it tells of an expiry, and owes the key of the page that launches after the other."""
    drafts = {page["shortId"]: page for page in [await seller.drafts(), await seller.drafts()]}
    async with db.reading() as session:
        ordered = await session.execute(select(SalesPage.short_id).order_by(SalesPage.short_id))
    expiring, launching = (drafts[short_id] for short_id in ordered.scalars())
    at = seller.now() + HOUR
    await seller.changes(expiring, expiresAt=(at + DAY).isoformat())
    await seller.changes(launching, launchAt=at.isoformat(), expiresAt=(at + 3 * DAY).isoformat())
    for page in (expiring, launching):
        assert (await seller.send("POST", f"/{page['id']}/publish")).status_code == 200
    await announce(db)  # the launch of what is live
    clock.set(at)
    async with db.transaction() as tx:
        await store.forget_cached(tx, expiring["shortId"])
        announcing = asyncio.create_task(announce(db))
        await until_somebody_waits_for(tx)
        await store.forget_cached(tx, launching["shortId"])
    await announcing
    assert len(await told(db, PageLaunched)) == 2
    assert len(await told(db, PageExpiring)) == 1
