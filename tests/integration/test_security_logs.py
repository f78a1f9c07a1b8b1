"""Every service's security log: partitioned, out of the application's reach, and none of it lost on the way."""

import asyncio

import asyncpg
import pytest
from chassis import migrations
from chassis.clock import new_id
from chassis.testing import TestDatabase, missing_migrations
from local_stack import Stack

SERVICES = ("catalog", "pages", "checkout", "delivery", "leads")


@pytest.fixture(params=SERVICES)
async def database(request: pytest.FixtureRequest, infrastructure: Stack) -> TestDatabase:
    """A service's database, beside that of its own tests."""
    made = TestDatabase(infrastructure.admin_database_url, request.param, suffix="_security_log")
    await made.provision()
    await asyncio.to_thread(made.migrate)
    return made


async def test_each_service_adds_to_its_log_and_alters_nothing(database: TestDatabase) -> None:
    app = await asyncpg.connect(database.app_url)
    await app.execute("INSERT INTO security_log VALUES ($1, now(), 'signed-in', NULL, '{}')", new_id())
    for statement in ("DELETE FROM security_log", "UPDATE security_log SET kind = ''", "TRUNCATE security_log"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await app.execute(statement)
    assert await app.fetchval("SELECT relkind FROM pg_class WHERE relname = 'security_log'") == b"p"
    await app.close()


async def test_its_rows_go_down_by_one_revision_and_up_again(database: TestDatabase) -> None:
    app = await asyncpg.connect(database.app_url)
    for days in (0, 40, 170):
        statement = "INSERT INTO security_log VALUES ($1, now() - make_interval(days => $2), 'signed-in', NULL, '{}')"
        await app.execute(statement, new_id(), days)
    rows = await app.fetch("SELECT * FROM security_log ORDER BY id")
    await app.close()
    for move, revision in ((migrations.downgrade, "-1"), (migrations.upgrade, "head")):
        await asyncio.to_thread(move, database.service, database.owner_url, revision)
        app = await asyncpg.connect(database.app_url)
        assert await app.fetch("SELECT * FROM security_log ORDER BY id") == rows
        await app.close()
    assert await asyncio.to_thread(missing_migrations, database) is None
