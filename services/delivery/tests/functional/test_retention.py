"""What is kept for how long; and that nobody can remove anything sooner."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import product

import asyncpg
import pytest
from chassis import retention
from chassis.clock import new_id
from chassis.lifecycle import Service
from chassis.testing import SettableClock, TestDatabase, deliver
from contracts.checkout import OrderRefunded, OrderStatus
from delivery.jobs import keep
from delivery.retention import RULES
from delivery.use_cases.verify_chain import verify_chain
from httpx import AsyncClient

from .conftest import Order, ask

HISTORY = {"order_events": "recorded_at", "download_attempts": "at", "client_addresses": "at"}


@pytest.fixture
async def owner(database: TestDatabase) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.owner_url)
    yield connection
    await connection.close()


async def partitions(connection: asyncpg.Connection, table: str) -> list[str]:
    rows = await connection.fetch(
        "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = $1::regclass", table
    )
    return [row["name"] for row in rows]


async def move_back(owner: asyncpg.Connection, by: timedelta) -> None:
    """All that was recorded was recorded `by` earlier, in the month or day where it then belongs."""
    for table, column in HISTORY.items():
        recorded = await owner.fetchval(f"SELECT min({column}) FROM {table}")
        if recorded is None:
            continue
        first = (recorded - by).replace(hour=0, minute=0, second=0, microsecond=0)
        past, name = first + timedelta(days=1), f"{table}_{first:%Y_%m_%d}"
        if table != "client_addresses":
            first = first.replace(day=1)
            past, name = (first + timedelta(days=32)).replace(day=1), f"{table}_{first:%Y_%m}"
        await owner.execute(f"SELECT make_partition('{table}', '{first:%Y-%m-%d}Z', '{past:%Y-%m-%d}Z', '{name}')")
        await owner.execute(f"UPDATE {table} SET {column} = {column} - $1::interval", by)


async def counts(owner: asyncpg.Connection) -> dict[str, int]:
    tables = (*HISTORY, "order_chains", "order_accesses", "download_grants")
    return {table: await owner.fetchval(f"SELECT count(*) FROM {table}") for table in tables}


async def downloaded(service: Service, client: AsyncClient, order: Order) -> None:
    """One order: two events, a grant, an attempt, an address."""
    await deliver(service, order.placed())
    await deliver(service, order.paid())
    await ask(client, order)


async def enforce(service: Service) -> dict[str, int]:
    return {each.what: each.rows for each in await retention.enforce(service.retention_db, service.retention)}


@pytest.mark.parametrize(
    ("role", "table"),
    [*product(["app_url"], [*HISTORY, "security_log"]), *product(["retention_url"], HISTORY)],
)
@pytest.mark.parametrize("statement", ["UPDATE {0} SET {1} = {1}", "DELETE FROM {0}", "TRUNCATE {0}", "DROP TABLE {0}"])
async def test_nobody_alters_history(database: TestDatabase, role: str, table: str, statement: str) -> None:
    """Nor in a partition, whatever the default privileges say of new tables."""
    connection = await asyncpg.connect(getattr(database, role))
    column = await connection.fetchval(
        "SELECT attname FROM pg_attribute WHERE attrelid = $1::regclass AND attnum = 1", table
    )
    for name in (table, *await partitions(connection, table)):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement.format(name, column))
    await connection.close()


@pytest.mark.parametrize("call", ["remove_old_history()", "look_at_history()", "remove_strays()", "kept_for('x')"])
async def test_the_application_cannot_have_history_removed(database: TestDatabase, call: str) -> None:
    connection = await asyncpg.connect(database.app_url)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute(f"SELECT {call}")
    await connection.close()


async def test_the_retention_role_reads_neither_orders_nor_addresses(database: TestDatabase) -> None:
    connection = await asyncpg.connect(database.retention_url)
    for table in (*HISTORY, "download_grants", "order_chains"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(f"SELECT * FROM {table}")
    await connection.close()


async def test_an_address_goes_after_thirty_days_and_all_else_remains(
    service: Service, client: AsyncClient, owner: asyncpg.Connection, order: Order
) -> None:
    await downloaded(service, client, order)
    whole = await counts(owner)
    await move_back(owner, timedelta(days=29))
    assert await enforce(service) == {}
    assert await counts(owner) == whole
    await move_back(owner, timedelta(days=2))
    (removed,) = await enforce(service)
    assert removed.startswith("client_addresses_20")
    assert await counts(owner) == {**whole, "client_addresses": 0}


async def test_an_order_goes_after_seven_years_with_all_that_is_known_of_it(
    service: Service, client: AsyncClient, owner: asyncpg.Connection, order: Order
) -> None:
    await downloaded(service, client, order)
    await move_back(owner, timedelta(days=7 * 365 - 40))
    await owner.execute("TRUNCATE client_addresses")
    await enforce(service)
    assert (await counts(owner))["order_events"] == 2
    await move_back(owner, timedelta(days=80))
    removed = await enforce(service)
    assert sum(rows for what, rows in removed.items() if what.startswith("order_events")) == 2
    assert removed["order_chains"] == removed["download_grants"] == 1
    assert set((await counts(owner)).values()) == {0}


async def test_a_chain_whose_beginning_has_gone_still_holds_and_still_shows_tampering(
    service: Service, client: AsyncClient, owner: asyncpg.Connection, order: Order
) -> None:
    await downloaded(service, client, order)
    await move_back(owner, timedelta(days=7 * 365 + 40))
    for version in (3, 4):
        await deliver(
            service, order.event(OrderRefunded, version, status=OrderStatus.REFUNDED, access_revoked=version == 4)
        )
    await enforce(service)
    assert await owner.fetchval("SELECT count(*) FROM order_events") == 2
    async with service.db.reading() as session:
        assert await verify_chain(session) == []
    await owner.execute("UPDATE order_events SET sequence = 9 WHERE position = 3")
    async with service.db.reading() as session:
        assert [broken.position for broken in await verify_chain(session)] == [3]


async def test_what_stands_outside_of_months_and_days_goes_too(service: Service, owner: asyncpg.Connection) -> None:
    old, attempt = datetime(2001, 5, 5, tzinfo=UTC), new_id()
    await owner.execute("INSERT INTO client_addresses VALUES ($1, $2, '203.0.113.7')", attempt, old)
    await owner.execute("INSERT INTO download_attempts VALUES ($1, $2, $1, $1, 'granted', 'curl')", attempt, old)
    assert await enforce(service) == {"client_addresses_other": 1, "download_attempts_other": 1}


async def test_the_security_log_is_kept_for_half_a_year(service: Service, owner: asyncpg.Connection) -> None:
    """By the retention role, in whole months; the run is logged by the same role."""
    for months in (5, 7):
        at = datetime.now(UTC) - timedelta(days=31 * months)
        await owner.execute("SELECT make_security_log_partition($1)", at)
        await owner.execute("INSERT INTO security_log VALUES ($1, $2, 'old', NULL, '{}')", new_id(), at)
    removed = {what: rows for what, rows in (await enforce(service)).items() if what.startswith("security_log")}
    assert list(removed.values()) == [1]
    rows = await owner.fetch("SELECT kind, detail->>'what' AS what FROM security_log ORDER BY at")
    assert [(row["kind"], row["what"]) for row in rows] == [("old", None), ("retention", *removed)]


async def test_a_look_says_what_would_go_and_what_goes_next(
    service: Service, client: AsyncClient, owner: asyncpg.Connection, order: Order
) -> None:
    await downloaded(service, client, order)
    await move_back(owner, timedelta(days=40))
    found = await retention.look(service.retention_db, RULES)
    now = service.db.clock.now()
    (due,) = [kept for kept in found if kept.goes_at <= now]
    assert (due.what.startswith("client_addresses_20"), due.rows) == (True, 1)
    assert {kept.what.rsplit("_20")[0] for kept in found if kept.goes_at > now} == {*HISTORY, "security_log"}
    assert (await counts(owner))["client_addresses"] == 1, "a look removes nothing"


async def test_what_comes_when_its_partition_is_gone_is_kept_all_the_same(
    service: Service, client: AsyncClient, owner: asyncpg.Connection, paid: Order, clock: SettableClock
) -> None:
    clock.advance(timedelta(days=400))
    await ask(client, paid)
    assert await owner.fetchval("SELECT count(*) FROM client_addresses_other") == 1


async def test_what_came_before_its_partition_is_moved_into_it(
    service: Service, client: AsyncClient, owner: asyncpg.Connection, order: Order
) -> None:
    """As after a week without a sweeper: the days to come are made all the same."""
    for table in HISTORY:
        for name in await partitions(owner, table):
            if not name.endswith("_other"):
                await owner.execute(f"DROP TABLE {name}")
    await downloaded(service, client, order)
    whole = await counts(owner)
    assert await owner.fetchval("SELECT count(*) FROM client_addresses_other") == 1
    await keep(service.db)
    assert await counts(owner) == whole
    for table in HISTORY:
        assert await owner.fetchval(f"SELECT count(*) FROM {table}_other") == 0


async def test_partitions_are_made_ahead(service: Service, owner: asyncpg.Connection) -> None:
    for table, ahead in (("order_events", 4), ("download_attempts", 4), ("client_addresses", 8)):
        for name in await partitions(owner, table):
            await owner.execute(f"DROP TABLE {name}")
        await keep(service.db)
        assert len(await partitions(owner, table)) == ahead + 1
