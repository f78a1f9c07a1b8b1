"""What has been kept long enough goes, in batches, and the log says so."""

from datetime import timedelta

import pytest
from chassis import retention
from chassis.db import Database
from chassis.retention import SECURITY_LOG, Removed
from chassis.testing import SettableClock
from sqlalchemy import text


async def log(db: Database, times: int) -> None:
    async with db.transaction() as tx:
        for _ in range(times):
            await tx.log_security("signed-in")


async def test_old_rows_go_in_batches_and_the_log_says_so(
    db: Database, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    await log(db, 5)
    clock.advance(timedelta(days=180))
    await log(db, 1)
    (kept,) = await retention.look(db, [SECURITY_LOG])
    assert (kept.rows, kept.goes_at <= clock.now()) == (5, True)
    assert await retention.enforce(db, [SECURITY_LOG]) == [Removed("security_log", rows) for rows in (2, 2, 1)]
    async with db.reading() as session:
        query = text("SELECT kind, detail ->> 'rows' FROM security_log ORDER BY at, id")
        rows = [tuple(row) for row in await session.execute(query)]
    assert rows == [("signed-in", None), ("retention", "2"), ("retention", "2"), ("retention", "1")]


async def test_what_is_not_old_enough_is_only_looked_at(db: Database, clock: SettableClock) -> None:
    await log(db, 1)
    clock.advance(timedelta(days=179))
    (kept,) = await retention.look(db, [SECURITY_LOG])
    assert (kept.rows, kept.goes_at > clock.now()) == (0, True)
    assert await retention.enforce(db, [SECURITY_LOG]) == []
