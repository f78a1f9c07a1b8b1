"""The append-only record: every event once, chained; out of the application's reach; addresses are forgotten."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from chassis.clock import new_id
from chassis.db import Database
from chassis.lifecycle import Service
from chassis.testing import TestDatabase, deliver, missing_migrations, plan_of, sign_in
from contracts.checkout import OrderRefunded, OrderStatus
from delivery import store
from delivery.chains import BrokenRow, verify_order
from delivery.models import DownloadGrant
from delivery.use_cases.verify_chain import verify_chain
from httpx import AsyncClient
from sqlalchemy import Select, make_url
from sqlmodel import col

from .conftest import Order

DIALECT = make_url("postgresql+asyncpg://").get_dialect()()


async def owner(database: TestDatabase) -> asyncpg.Connection:
    return await asyncpg.connect(database.owner_url)


async def broken(db: Database) -> list[BrokenRow]:
    async with db.reading() as session:
        return await verify_chain(session)


async def record(service: Service, order: Order) -> None:
    """Three events, the last of them heard first."""
    refund = order.event(OrderRefunded, 3, status=OrderStatus.REFUNDED, access_revoked=True)
    for event in (refund, order.placed(), order.paid()):
        await deliver(service, event)


async def test_every_event_is_recorded_once_and_shown_by_its_sequence(
    service: Service, client: AsyncClient, order: Order
) -> None:
    event_id, paid = new_id(), order.paid()
    for _ in range(2):
        await deliver(service, paid, event_id=event_id)
    await deliver(service, order.placed())
    answer = await client.get(f"/v1/orders/{order.id}/events", headers=sign_in(order.creator_id))
    events = answer.json()["items"]
    assert [(e["sequence"], e["type"]) for e in events] == [
        (1, "checkout.order.placed.v1"),
        (2, "checkout.order.paid.v1"),
    ]
    assert "tokenHash" not in events[1]["data"]


async def test_an_event_the_inbox_has_forgotten_is_still_recorded_once(
    service: Service, database: TestDatabase, order: Order
) -> None:
    event_id = new_id()
    await deliver(service, order.paid(), event_id=event_id)
    connection = await owner(database)
    await connection.execute("DELETE FROM inbox")
    await deliver(service, order.paid(), event_id=event_id)
    assert await connection.fetchval("SELECT count(*) FROM order_events") == 1
    await connection.close()


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE order_events SET data = data || '{\"amountPaid\": 1}' WHERE position = 2",
        "UPDATE order_events SET occurred_at = occurred_at + interval '1 second' WHERE position = 2",
        "DELETE FROM order_events WHERE position = 2",
    ],
)
async def test_the_chain_names_the_first_row_that_was_tampered_with(
    service: Service, database: TestDatabase, order: Order, tampering: str
) -> None:
    await record(service, order)
    assert await broken(service.db) == []
    connection = await owner(database)
    await connection.execute(tampering)
    await connection.close()
    (found,) = await broken(service.db)
    assert (found.order_id, found.position) == (order.id, 2)


async def test_what_is_recorded_while_a_chain_is_looked_at_does_not_break_it(service: Service, order: Order) -> None:
    await deliver(service, order.placed())
    async with service.db.reading() as session:
        head = await store.own_chain(session, order.creator_id, order.id)
        await deliver(service, order.paid())
        assert await verify_order(session, order.id) is None
        assert head.length == 2


async def test_a_row_cut_off_the_end_is_missed(service: Service, database: TestDatabase, order: Order) -> None:
    await record(service, order)
    connection = await owner(database)
    await connection.execute("DELETE FROM order_events WHERE position = 3")
    await connection.close()
    assert await broken(service.db) == [BrokenRow(order.id, 3, None)]


async def test_a_chain_that_lost_its_head_is_missed(service: Service, database: TestDatabase, order: Order) -> None:
    await record(service, order)
    connection = await owner(database)
    await connection.execute("DELETE FROM order_chains")
    await connection.close()
    assert await broken(service.db) == [BrokenRow(order.id, 4, None)]


async def test_every_order_is_checked_and_the_first_broken_row_of_each_is_named(
    service: Service, database: TestDatabase, new_order: Callable[[], Order]
) -> None:
    orders = [new_order() for _ in range(5)]
    for each in orders:
        await record(service, each)
    connection = await owner(database)
    for each in (orders[1], orders[3]):
        await connection.execute("UPDATE order_events SET sequence = 9 WHERE order_id = $1 AND position > 1", each.id)
    second = await connection.fetchval("SELECT id FROM order_events WHERE order_id = $1 AND position = 2", orders[1].id)
    await connection.close()
    found = {row.order_id: row for row in await broken(service.db)}
    assert {each: row.position for each, row in found.items()} == {orders[1].id: 2, orders[3].id: 2}
    assert str(found[orders[1].id]) == (
        f"order {orders[1].id}: event {second} at position 2 is the first that is not as it was recorded"
    )


AT = "$1::timestamptz + n * interval '1 second'"
MANY = {
    "order_events": f"gen_random_uuid(), {AT}, gen_random_uuid(), 1, 1, 'x', now(), '{{}}', ''",
    "download_attempts": f"gen_random_uuid(), {AT}, gen_random_uuid(), gen_random_uuid(), 'granted', 'Firefox'",
}


@pytest.mark.parametrize(("table", "column"), [("order_events", "recorded_at"), ("download_attempts", "at")])
async def test_a_stretch_of_time_is_found_by_block_ranges(
    db: Database, database: TestDatabase, table: str, column: str
) -> None:
    """BRIN, and only in the partition of that time."""
    month = datetime.now(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    connection = await owner(database)
    await connection.execute(f"INSERT INTO {table} SELECT {MANY[table]} FROM generate_series(1, 20000) AS n", month)
    await connection.execute(f"ANALYZE {table}")
    await connection.close()
    until = month + timedelta(minutes=5)
    plan = await plan_of(db, f"SELECT * FROM {table} WHERE {column} >= '{month}' AND {column} < '{until}'")
    assert f"Bitmap Index Scan on {table}_{month:%Y_%m}_{column}_idx" in plan
    assert plan.count("Scan on") == 2, "the heap and its index"


async def test_migrations_match_the_models(database: TestDatabase) -> None:
    assert await asyncio.to_thread(missing_migrations, database) is None


@pytest.mark.parametrize(
    ("index", "query"),
    [
        ("download_grants_token_hash", store.grant_of_token("0" * 64)),
        ("download_grants_order_id", store.grants_of_order(new_id())),
        ("order_id_position_idx", store.events_of_order(new_id())),
        ("order_id_id_idx", store.count_attempts(new_id())),
        ("download_grants_product_id", store.count_grants(col(DownloadGrant.product_id) == new_id())),
        ("download_grants_sales_page_id", store.count_refusals(col(DownloadGrant.sales_page_id) == new_id())),
        ("order_id_id_idx", store.attempts_of_order(new_id(), before=new_id(), limit=21)),
    ],
)
async def test_each_index_is_used_by_the_query_it_is_for(db: Database, index: str, query: Select[Any]) -> None:
    sql = str(query.compile(dialect=DIALECT, compile_kwargs={"literal_binds": True}))
    assert index in await plan_of(db, sql)
