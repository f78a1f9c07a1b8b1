"""A database that is disposed of ends its connections, and what is under way first."""

import asyncio

import pytest
from chassis import db as chassis_db
from chassis.db import Database
from chassis.testing import until

from .conftest import count

CONNECTIONS = (
    "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'example' AND datname = current_database()"
)
"""Those of the service: who counts has another name."""


async def under_way(db: Database, begun: asyncio.Event, going_on: asyncio.Event) -> None:
    async with db.transaction() as tx:
        await tx.log_security("under-way")
        begun.set()
        await going_on.wait()


async def test_what_is_under_way_is_finished_first(db: Database) -> None:
    begun, going_on = asyncio.Event(), asyncio.Event()
    working = asyncio.create_task(under_way(db, begun, going_on))
    await begun.wait()
    disposing = asyncio.create_task(db.dispose())
    await asyncio.sleep(0)
    going_on.set()
    await disposing
    await working
    assert await count(db, "SELECT count(*) FROM security_log WHERE kind = 'under-way'") == 1

    async def there_is_no_connection() -> bool:
        return await count(db, CONNECTIONS) == 0

    await until(there_is_no_connection)


async def test_what_does_not_finish_is_cut_off(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chassis_db, "CLOSE_SECONDS", 0.1)
    begun, never = asyncio.Event(), asyncio.Event()
    working = asyncio.create_task(under_way(db, begun, never))
    await begun.wait()
    await db.dispose()
    never.set()
    with pytest.raises(chassis_db.DATABASE_ERRORS):
        await working
    assert await count(db, "SELECT count(*) FROM security_log WHERE kind = 'under-way'") == 0
