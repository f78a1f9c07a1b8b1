"""What has been kept long enough goes, in batches, and the log says so."""

from datetime import timedelta

import pytest
from chassis import retention, tables
from chassis.clock import new_id
from chassis.db import Database
from chassis.retention import OldRows, Removed
from chassis.testing import SettableClock
from sqlalchemy import Table, func, select, text, update

from .example_events import ThingMade

RULE = OldRows(tables.inbox, tables.inbox.c.received_at, timedelta(days=180))


async def receive(db: Database, times: int) -> None:
    async with db.transaction() as tx:
        for _ in range(times):
            await tx.claim("example.handle-thing", new_id())


async def tell(db: Database, times: int) -> None:
    async with db.transaction() as tx:
        for _ in range(times):
            tx.publish(ThingMade(id=new_id(), version=1))


async def rows_of(db: Database, table: Table) -> int:
    async with db.reading() as session:
        return (await session.execute(select(func.count()).select_from(table))).scalar_one()


async def test_old_rows_go_in_batches_and_the_log_says_so(
    db: Database, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    await receive(db, 5)
    clock.advance(timedelta(days=180))
    await receive(db, 1)
    (kept,) = await retention.look(db, [RULE])
    assert (kept.rows, kept.goes_at <= clock.now()) == (5, True)
    assert await retention.enforce(db, [RULE]) == [Removed("inbox", rows) for rows in (2, 2, 1)]
    async with db.reading() as session:
        query = text("SELECT kind, detail ->> 'rows' FROM security_log ORDER BY at, id")
        rows = [tuple(row) for row in await session.execute(query)]
    assert rows == [("retention", "2"), ("retention", "2"), ("retention", "1")]


async def test_what_is_not_old_enough_is_only_looked_at(db: Database, clock: SettableClock) -> None:
    await receive(db, 1)
    clock.advance(timedelta(days=179))
    (kept,) = await retention.look(db, [RULE])
    assert (kept.rows, kept.goes_at > clock.now()) == (0, True)
    assert await retention.enforce(db, [RULE]) == []


async def test_what_was_sent_handled_and_answered_is_forgotten_in_batches_and_nothing_else(
    db: Database, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    await receive(db, 5)
    await tell(db, 5)
    async with db.transaction() as tx:
        await tx.session.execute(update(tables.outbox).values(sent_at=clock.now()))
    clock.advance(timedelta(days=7, seconds=1))
    await tell(db, 1)
    await retention.prune(db)
    assert (await rows_of(db, tables.outbox), await rows_of(db, tables.inbox)) == (1, 5)
    clock.advance(timedelta(days=30))
    await retention.prune(db)
    assert (await rows_of(db, tables.outbox), await rows_of(db, tables.inbox)) == (1, 0)
