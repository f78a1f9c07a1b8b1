"""A page is kept by every gateway until its change commits, and a kept one is compared with the clock all the same."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import asyncpg
import httpx
import pytest
from chassis.db import Database
from chassis.lifecycle import Service
from chassis.testing import PATIENCE, TEST_KEYS, SettableClock, TestDatabase, until
from pages import page_cache, store
from pages.main import build
from pages.page_cache import PageCache
from pages.settings import PagesSettings
from sqlalchemy import text

from .conftest import Seller, Visitor, instant


@pytest.fixture
async def elsewhere(service: Service, settings: PagesSettings, clock: SettableClock) -> AsyncIterator[Visitor]:
    """A visitor of another gateway, which hears of what this one commits through PostgreSQL alone."""
    other = build(settings, clock=clock, keys=TEST_KEYS)
    async with other.running():
        await listens(service.db, 2)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(other.app()), base_url="http://other") as client:
            yield Visitor(client)


LISTENERS = "FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"


async def listens(db: Database, connections: int) -> None:
    """Until as many gateways hear of changes."""

    async def there_are() -> bool:
        async with db.reading() as session:
            return bool(await session.scalar(text(f"SELECT count(*) {LISTENERS}")) == connections)

    await until(there_are)


async def caught_up(db: Database, cache: PageCache) -> None:
    """Until all that was told so far has been heard: what is told comes in the order of the commits."""
    marker = cache.change_of("marker")
    async with db.transaction() as tx:
        await store.forget_cached(tx, "marker")
    await asyncio.wait_for(marker.wait(), PATIENCE)


async def title(visitor: Visitor, page: dict[str, Any]) -> str:
    found: str = (await visitor.json(page)).json()["title"]
    return found


def unreadable(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on, what is not kept cannot be answered."""

    async def read(*_: Any) -> None:
        raise AssertionError("the database was asked")

    monkeypatch.setattr(store, "public_page", read)


async def test_a_kept_page_is_forgotten_by_the_commit_that_changes_it(seller: Seller, elsewhere: Visitor) -> None:
    page, other = await seller.publishes(), await seller.publishes()
    assert {await title(elsewhere, page), await title(elsewhere, other)} == {"Field Guide"}
    await seller.changes(page, customization={"title": "Birds"})

    async def renamed() -> bool:
        return await title(elsewhere, page) == "Birds"

    await until(renamed)


async def test_every_kept_page_of_a_product_is_forgotten_and_no_other(
    seller: Seller, db: Database, cache: PageCache
) -> None:
    product = await seller.sells()
    selling = [await seller.publishes(productIds=[str(product.id)]) for _ in range(2)]
    other = await seller.publishes()
    await caught_up(db, cache)
    for page in (*selling, other):
        await cache.get(page["shortId"])
    changes = {page["shortId"]: cache.change_of(page["shortId"]) for page in (*selling, other)}
    await seller.hears(type(product), product, name="Second Edition")
    async with asyncio.timeout(PATIENCE):
        for page in selling:
            await changes[page["shortId"]].wait()
    assert not changes[other["shortId"]].is_set()
    for page in selling:
        kept = await cache.get(page["shortId"])
        assert kept is not None
        assert kept.title == "Second Edition"


async def test_a_change_that_is_rolled_back_forgets_nothing(
    seller: Seller, db: Database, cache: PageCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = await seller.publishes()
    await caught_up(db, cache)
    await cache.get(page["shortId"])
    change = cache.change_of(page["shortId"])
    with suppress(InterruptedError):
        async with db.transaction() as tx:
            await store.forget_cached(tx, page["shortId"])
            raise InterruptedError
    unreadable(monkeypatch)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(change.wait(), 0.2)
    assert await cache.get(page["shortId"]) is not None


async def test_that_there_is_no_page_is_kept_until_there_is_one(seller: Seller, visitor: Visitor) -> None:
    draft = await seller.drafts()
    assert (await visitor.json(draft)).status_code == 404
    await seller.send("POST", f"/{draft['id']}/publish")
    await visitor.comes_to_see(draft, "live")


async def test_a_kept_page_read_across_its_instants_tells_its_state_of_then(
    seller: Seller,
    visitor: Visitor,
    db: Database,
    cache: PageCache,
    clock: SettableClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = await seller.announces()
    await caught_up(db, cache)
    assert await visitor.state(page) == "pre_launch"
    unreadable(monkeypatch)
    clock.set(instant(page["launchAt"]))
    assert await visitor.state(page) == "live"
    clock.set(instant(page["expiresAt"]))
    assert await visitor.state(page) == "expired"


async def direct(database: TestDatabase, statement: str) -> Any:
    connection = await asyncpg.connect(database.owner_url)
    try:
        return await connection.fetch(statement)
    finally:
        await connection.close()


async def test_what_nobody_told_of_is_kept_for_seconds_only(
    seller: Seller, db: Database, database: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = await seller.publishes(customization={"title": "Old"})
    deaf = PageCache(db)

    async def seen() -> str:
        found = await deaf.get(page["shortId"])
        assert found is not None
        return found.title

    assert await seen() == "Old"
    await direct(database, """UPDATE sales_pages SET customization = '{"title": "New"}'""")
    assert await seen() == "Old"
    monkeypatch.setattr(page_cache, "FRESH_SECONDS", 0)
    assert await seen() == "New"


async def test_a_gateway_whose_connection_was_cut_hears_again_and_trusts_nothing_it_kept(
    seller: Seller, visitor: Visitor, database: TestDatabase, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_cache, "RECONNECT_SECONDS", 0.2)
    await listens(db, 1)
    page = await seller.publishes(customization={"title": "Old"})
    assert await title(visitor, page) == "Old"
    admin = await asyncpg.connect(database.admin_url)
    cut = LISTENERS.replace("current_database()", "'test_pages'")
    await admin.execute(f"SELECT pg_terminate_backend(pid) {cut}")
    await admin.close()
    await direct(database, """UPDATE sales_pages SET customization = '{"title": "New"}'""")

    async def renewed() -> bool:
        return await title(visitor, page) == "New"

    await until(renewed)
    await listens(db, 1)
    await seller.changes(page, customization={"title": "Newer"})

    async def heard() -> bool:
        return await title(visitor, page) == "Newer"

    await until(heard)


async def test_what_changed_while_it_was_read_is_not_kept(
    seller: Seller, cache: PageCache, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = await seller.publishes()
    read = store.public_page

    async def read_slowly(*arguments: Any) -> Any:
        found = await read(*arguments)
        cache.forget(page["shortId"])
        return found

    monkeypatch.setattr(store, "public_page", read_slowly)
    assert await cache.get(page["shortId"]) is not None
    monkeypatch.setattr(store, "public_page", read)
    unreadable(monkeypatch)
    with pytest.raises(AssertionError, match="the database was asked"):
        await cache.get(page["shortId"])


async def test_no_more_pages_are_kept_than_there_is_room_for(
    seller: Seller, db: Database, cache: PageCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_cache, "MOST_PAGES", 2)
    first, *others = [await seller.publishes() for _ in range(3)]
    await caught_up(db, cache)
    for page in (first, *others):
        await cache.get(page["shortId"])
    unreadable(monkeypatch)
    for page in others:
        assert await cache.get(page["shortId"]) is not None
    with pytest.raises(AssertionError, match="the database was asked"):
        await cache.get(first["shortId"])


async def test_a_gateway_starts_and_stops_without_its_database(settings: PagesSettings) -> None:
    lost = build(settings.model_copy(update={"database_url": "postgresql://nobody@127.0.0.1:1/none"}))
    async with lost.running():
        await asyncio.sleep(0.05)
