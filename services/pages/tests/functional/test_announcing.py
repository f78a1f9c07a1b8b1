"""That pages launched and expired is told exactly once each, whoever's sweeper wakes first and however late."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import pytest
from chassis.db import Database
from chassis.testing import PATIENCE, SettableClock, told
from contracts.pages import PageExpired, PageExpiring, PageLaunched, PageStatus
from pages import jobs
from pages.jobs import JOBS, announce
from pages.use_cases import announce_due as story
from sqlalchemy import text

from .conftest import HOUR, Seller, Visitor, instant


async def outbox(db: Database) -> list[tuple[str, int]]:
    """(fact, version) of all that was told of pages, in the order in which it will be published."""
    query = text("SELECT split_part(type, '.', 3) AS fact, aggregate_version FROM outbox ORDER BY position")
    async with db.reading() as session:
        return [(row.fact, row.aggregate_version) for row in await session.execute(query)]


async def test_a_launch_and_an_expiry_are_told_at_their_instants(
    seller: Seller, db: Database, clock: SettableClock
) -> None:
    page = await seller.announces()
    launch_at, expires_at = instant(page["launchAt"]), instant(page["expiresAt"])
    assert await announce(db) == launch_at
    assert await told(db, PageLaunched) == []
    clock.set(launch_at)
    assert await announce(db) == expires_at
    (launched,) = await told(db, PageLaunched)
    assert (launched.id, launched.version, launched.is_pre_launch) == (UUID(page["id"]), 3, False)
    assert await told(db, PageExpired) == []
    clock.set(expires_at)
    assert await announce(db) is None
    (expired,) = await told(db, PageExpired)
    assert (expired.id, expired.version, expired.status) == (UUID(page["id"]), 4, PageStatus.PUBLISHED)
    assert await outbox(db) == [("published", 2), ("launched", 3), ("expired", 4)]


async def test_several_sweepers_at_once_tell_each_page_once(seller: Seller, db: Database, clock: SettableClock) -> None:
    pages = [await seller.announces() for _ in range(12)]
    for at, kind in ((instant(pages[-1]["launchAt"]), PageLaunched), (instant(pages[-1]["expiresAt"]), PageExpired)):
        clock.set(at)
        await asyncio.gather(*(announce(db) for _ in range(6)))
        await announce(db)
        assert sorted(str(event.id) for event in await told(db, kind)) == sorted(page["id"] for page in pages)


async def test_a_sweeper_dead_across_both_instants_tells_both_in_order(
    seller: Seller, visitor: Visitor, db: Database, clock: SettableClock
) -> None:
    page = await seller.announces()
    clock.set(instant(page["expiresAt"]) + HOUR)
    assert await visitor.state(page) == "expired", "reading does not wait for a sweeper"
    await asyncio.gather(*(announce(db) for _ in range(4)))
    assert await outbox(db) == [("published", 2), ("launched", 3), ("expired", 4)]
    (launched,), (expired,) = await told(db, PageLaunched), await told(db, PageExpired)
    assert launched.launch_at == expired.launch_at == instant(page["launchAt"])
    assert not launched.is_pre_launch


async def test_an_extension_in_time_puts_the_expiry_off(seller: Seller, db: Database, clock: SettableClock) -> None:
    page = await seller.publishes()
    later = instant(page["expiresAt"]) + HOUR
    await seller.send("POST", f"/{page['id']}/extend", {"expiresAt": later.isoformat()})
    clock.set(instant(page["expiresAt"]))
    assert await announce(db) == later
    assert await told(db, PageExpired) == []
    clock.set(later)
    await announce(db)
    assert [event.expires_at for event in await told(db, PageExpired)] == [later]


async def test_an_expiry_told_too_soon_is_told_again_after_an_extension(
    seller: Seller, db: Database, clock: SettableClock
) -> None:
    """By a sweeper whose clock is ahead of the gateway's."""
    page = await seller.publishes()
    now, expires_at = clock.now(), instant(page["expiresAt"])
    later = expires_at + HOUR
    clock.set(expires_at)
    await announce(db)
    clock.set(now)
    await seller.send("POST", f"/{page['id']}/extend", {"expiresAt": later.isoformat()})
    clock.set(later)
    await announce(db)
    assert await announce(db) is None
    too_soon, expired = await told(db, PageExpired)
    assert (too_soon.expires_at, expired.expires_at) == (expires_at, later)
    assert expired.version > too_soon.version


async def test_a_launch_told_too_soon_is_told_again_when_it_was_moved(
    seller: Seller, db: Database, clock: SettableClock
) -> None:
    """By a sweeper whose clock is ahead of the gateway's."""
    page = await seller.announces()
    now, launch_at = clock.now(), instant(page["launchAt"])
    later = launch_at + HOUR
    clock.set(launch_at)
    await announce(db)
    clock.set(now)
    assert (await seller.changes(page, launchAt=later.isoformat())).status_code == 200
    clock.set(later)
    await announce(db)
    too_soon, launched = await told(db, PageLaunched)
    assert (too_soon.launch_at, launched.launch_at) == (launch_at, later)
    assert launched.version > too_soon.version


async def test_an_expiry_is_told_a_day_ahead_once(seller: Seller, db: Database, clock: SettableClock) -> None:
    page = await seller.publishes(expiresAt=(seller.now() + 72 * HOUR).isoformat())
    expires_at = instant(page["expiresAt"])
    await announce(db)
    assert await announce(db) == expires_at - 24 * HOUR
    clock.set(expires_at - 24 * HOUR)
    await asyncio.gather(*(announce(db) for _ in range(4)))
    (event,) = await told(db, PageExpiring)
    assert (str(event.id), event.expires_at) == (page["id"], expires_at)
    assert await announce(db) == expires_at
    later = expires_at + 72 * HOUR
    await seller.send("POST", f"/{page['id']}/extend", {"expiresAt": later.isoformat()})
    clock.set(later - 24 * HOUR)
    await announce(db)
    assert [event.expires_at for event in await told(db, PageExpiring)] == [expires_at, later]


async def test_who_set_an_expiry_within_a_day_is_not_warned_of_it(
    seller: Seller, db: Database, clock: SettableClock
) -> None:
    page = await seller.publishes(expiresAt=(seller.now() + 2 * HOUR).isoformat())
    await seller.send("POST", f"/{page['id']}/extend", {"expiresAt": (seller.now() + 3 * HOUR).isoformat()})
    await announce(db)
    clock.advance(3 * HOUR)
    await announce(db)
    assert len(await told(db, PageExpired)) == 1
    assert await told(db, PageExpiring) == []


async def test_a_warning_that_comes_too_late_is_not_given(seller: Seller, db: Database, clock: SettableClock) -> None:
    page = await seller.publishes(expiresAt=(seller.now() + 72 * HOUR).isoformat())
    clock.set(instant(page["expiresAt"]))
    await announce(db)
    assert len(await told(db, PageExpired)) == 1
    assert await told(db, PageExpiring) == []
    assert await announce(db) is None


async def test_drafts_and_withdrawn_pages_neither_launch_nor_expire(
    seller: Seller, db: Database, clock: SettableClock
) -> None:
    await seller.drafts(launchAt=(seller.now() + HOUR).isoformat())
    await seller.withdraws(await seller.announces())
    assert await announce(db) is None
    clock.advance(48 * HOUR)
    assert await announce(db) is None
    assert [*await told(db, PageLaunched), *await told(db, PageExpired)] == []


async def test_the_next_due_is_the_soonest_of_all(seller: Seller, db: Database) -> None:
    assert await announce(db) is None
    await seller.publishes()
    soonest = seller.now() + HOUR / 2
    await seller.publishes(launchAt=soonest.isoformat())
    await seller.announces()
    assert await announce(db) == soonest


async def test_a_crowd_is_told_in_batches_without_a_pause(
    seller: Seller, db: Database, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (story, jobs):
        monkeypatch.setattr(module, "BATCH", 2)
    for _ in range(5):
        await seller.announces()
    clock.advance(2 * HOUR)
    for number in (2, 4):
        due = await announce(db)
        assert due is not None
        assert due <= clock.now()
        assert len(await told(db, PageLaunched)) == number
    due = await announce(db)
    assert due is not None
    assert due > clock.now()
    assert len(await told(db, PageLaunched)) == 5


async def test_what_a_killed_sweeper_took_is_told_by_the_next(
    seller: Seller, db: Database, clock: SettableClock
) -> None:
    page = await seller.announces()
    clock.set(instant(page["launchAt"]))
    with suppress(InterruptedError):
        async with db.transaction() as tx:
            assert await story.announce_due(tx) == 1
            raise InterruptedError
    assert await told(db, PageLaunched) == []
    await announce(db)
    assert len(await told(db, PageLaunched)) == 1


async def test_a_sweeper_does_not_wait_for_who_changes_a_page(
    seller: Seller, db: Database, clock: SettableClock
) -> None:
    held, free = await seller.announces(), await seller.announces()
    clock.hold(instant(free["launchAt"]))
    async with db.transaction() as tx:
        await tx.session.execute(text("SELECT 1 FROM sales_pages WHERE id = :id FOR UPDATE"), {"id": held["id"]})
        async with asyncio.timeout(PATIENCE):
            due = await announce(db)
        assert due is not None
        assert timedelta() < due - clock.now() <= jobs.HELD, "looked at again soon, and not without a pause"
        assert [str(event.id) for event in await told(db, PageLaunched)] == [free["id"]]
    await announce(db)
    assert len(await told(db, PageLaunched)) == 2


def test_the_clock_is_looked_at_every_second() -> None:
    job, _ = JOBS
    assert (job.name, job.run, job.every.total_seconds()) == ("announce-due", announce, 1)
