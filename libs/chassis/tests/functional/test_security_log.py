"""The security log: in partitions of a month, made ahead and dropped when due, and altered by nobody."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from chassis import migrations, retention
from chassis.clock import new_id
from chassis.db import Database
from chassis.retention import SECURITY_LOG
from chassis.testing import SettableClock, TestDatabase, migrated
from local_stack import Stack


@pytest.fixture
async def owner(example: TestDatabase) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(example.owner_url)
    yield connection
    await connection.close()


@pytest.fixture
async def app(example: TestDatabase) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(example.app_url)
    yield connection
    await connection.close()


async def partitions(connection: asyncpg.Connection) -> set[str]:
    rows = await connection.fetch(
        "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'security_log'::regclass"
    )
    return {row["name"] for row in rows}


def months_ahead(number: int) -> datetime:
    """The first of the month, `number` months from this one."""
    months = datetime.now(UTC).year * 12 + datetime.now(UTC).month - 1 + number
    return datetime(months // 12, months % 12 + 1, 1, tzinfo=UTC)


def partition(at: datetime) -> str:
    return f"security_log_{at:%Y_%m}"


async def log(owner: asyncpg.Connection, at: datetime, kind: str = "signed-in") -> None:
    """As if it had been logged then, in a partition of its month."""
    await owner.execute("SELECT make_security_log_partition($1)", at)
    await owner.execute("INSERT INTO security_log VALUES ($1, $2, $3, NULL, '{}')", new_id(), at, kind)


@pytest.mark.parametrize("statement", ["UPDATE {0} SET kind = ''", "DELETE FROM {0}", "TRUNCATE {0}", "DROP TABLE {0}"])
async def test_the_application_adds_and_reads_and_alters_nothing(
    db: Database, app: asyncpg.Connection, statement: str
) -> None:
    async with db.transaction() as tx:
        await tx.log_security("signed-in")
    for name in ("security_log", *await partitions(app)):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await app.execute(statement.format(name))
    assert await app.fetchval("SELECT kind FROM security_log") == "signed-in"


@pytest.mark.parametrize(
    "call",
    [
        "make_partition('security_log', '2001-01-01', '2001-02-01', 'mine')",
        "make_security_log_partition('2001-01-01')",
        "seal_partition('security_log')",
        "security_log_partitions()",
    ],
)
async def test_the_application_chooses_neither_what_is_made_nor_what_goes(app: asyncpg.Connection, call: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await app.execute(f"SELECT {call}")


async def test_partitions_are_made_ahead_and_again_is_harmless(db: Database, owner: asyncpg.Connection) -> None:
    for name in await partitions(owner):
        await owner.execute(f"DROP TABLE {name}")
    for _ in range(2):
        await retention.keep_partitions(db)
        expected = {partition(months_ahead(number)) for number in range(4)}
        assert await partitions(owner) == {*expected, "security_log_other"}


async def test_what_came_before_its_partition_is_moved_into_it(db: Database, owner: asyncpg.Connection) -> None:
    await owner.execute(f"DROP TABLE {partition(months_ahead(0))}")
    async with db.transaction() as tx:
        await tx.log_security("signed-in")
    assert await owner.fetchval("SELECT count(*) FROM security_log_other") == 1
    await retention.keep_partitions(db)
    assert await owner.fetchval("SELECT count(*) FROM security_log_other") == 0
    assert await owner.fetchval(f"SELECT count(*) FROM {partition(months_ahead(0))}") == 1


async def test_a_month_goes_whole_when_its_last_day_was_kept_for_180(
    db: Database, owner: asyncpg.Connection, clock: SettableClock
) -> None:
    old, young = months_ahead(-7), months_ahead(-5)
    for at in (old, old, young):
        await log(owner, at + timedelta(days=1))
    clock.advance(timedelta(days=3650))  # the database's clock decides, whatever the process believes
    found = {kept.what: (kept.rows, kept.goes_at) for kept in await retention.look(db, [SECURITY_LOG])}
    assert found[partition(old)] == (2, months_ahead(-6) + timedelta(days=180))
    removed = {each.what: each.rows for each in await retention.enforce(db, [SECURITY_LOG])}
    assert removed == {partition(old): 2}
    assert partition(old) not in await partitions(owner)
    assert partition(young) in await partitions(owner)
    assert await retention.enforce(db, [SECURITY_LOG]) == []
    kinds = await owner.fetch("SELECT kind FROM security_log ORDER BY at")
    assert [row["kind"] for row in kinds] == ["signed-in", "retention"]


async def test_a_look_names_the_next_month_and_when_it_goes(db: Database, owner: asyncpg.Connection) -> None:
    await log(owner, months_ahead(-5))
    (following,) = await retention.look(db, [SECURITY_LOG])
    assert (following.what, following.goes_at) == (
        partition(months_ahead(-5)),
        months_ahead(-4) + timedelta(days=180),
    )


async def test_what_lies_outside_of_months_goes_after_180_days_too(db: Database, owner: asyncpg.Connection) -> None:
    for days in (179, 181):
        at = datetime.now(UTC) - timedelta(days=days)
        await owner.execute(f"DROP TABLE IF EXISTS {partition(at)}")
        await owner.execute("INSERT INTO security_log VALUES ($1, $2, 'old', NULL, '{}')", new_id(), at)
    due = [kept for kept in await retention.look(db, [SECURITY_LOG]) if kept.what == "security_log_other"]
    assert [kept.rows for kept in due] == [1]
    removed = {each.what: each.rows for each in await retention.enforce(db, [SECURITY_LOG])}
    assert removed["security_log_other"] == 1
    assert await owner.fetchval("SELECT count(*) FROM security_log WHERE kind = 'old'") == 1


async def test_rows_come_through_the_partitioning_and_back(infrastructure: Stack) -> None:
    database = TestDatabase(infrastructure.admin_database_url, "example", suffix="_partitioning")
    await database.provision()
    await migrated(database, migrations.create_chassis_tables_v1)
    app = await asyncpg.connect(database.app_url)
    try:
        for number in (-3, 0, 2):
            at = months_ahead(number)
            await app.execute("INSERT INTO security_log VALUES ($1, $2, 'signed-in', NULL, '{}')", new_id(), at)
        before = await app.fetch("SELECT * FROM security_log ORDER BY id")
        await migrated(database, migrations.partition_security_log)
        assert await app.fetch("SELECT * FROM security_log ORDER BY id") == before
        assert partition(months_ahead(-3)) in await partitions(app)
        await migrated(database, migrations.gather_security_log)
        assert await app.fetch("SELECT * FROM security_log ORDER BY id") == before
        assert await app.execute("DELETE FROM security_log") == "DELETE 3"
        await migrated(database, migrations.partition_security_log)
    finally:
        await app.close()
