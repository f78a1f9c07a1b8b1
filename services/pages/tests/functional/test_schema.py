"""Schema and models agree, and each index fits the query it is for."""

import asyncio
import re
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest
from chassis import migrations
from chassis.clock import new_id
from chassis.db import Database
from chassis.testing import TestDatabase, missing_migrations, plan_of
from local_stack import Stack
from pages import store
from sqlalchemy import Select, make_url

NOW = datetime(2026, 1, 1, tzinfo=UTC)
DIALECT = make_url("postgresql+asyncpg://").get_dialect()()


async def test_migrations_match_the_models(database: TestDatabase) -> None:
    assert await asyncio.to_thread(missing_migrations, database) is None


@pytest.fixture
async def other(infrastructure: Stack) -> TestDatabase:
    """A database of its own, empty."""
    made = TestDatabase(infrastructure.admin_database_url, "pages", suffix="_migrations")
    await made.provision()
    return made


async def test_the_schema_goes_down_and_up_again(other: TestDatabase) -> None:
    await asyncio.to_thread(other.migrate)
    await asyncio.to_thread(migrations.downgrade, "pages", other.owner_url, "base")
    await asyncio.to_thread(other.migrate)
    assert await asyncio.to_thread(missing_migrations, other) is None


OLD_PAGES = """
    INSERT INTO sales_pages (id, version, short_id, creator_id, product_ids, status, created_at, updated_at, launch_at,
        expires_at, time_zone, customization, registration_form, after_expiry, extensions, launched_at, expired_at)
    SELECT gen_random_uuid(), 3, 'oldpage' || n, gen_random_uuid(), '{}', 'published', now(), now(), now(),
        now() + interval '7 days', 'UTC', '{}', '[]', '{"mode": "message"}', 0, now(), CASE n WHEN 2 THEN now() END
    FROM generate_series(1, 2) AS n
"""


async def test_rows_of_the_first_release_go_up_and_down_one_step(other: TestDatabase) -> None:
    await asyncio.to_thread(other.migrate, "0001")
    connection = await asyncpg.connect(other.owner_url)
    try:
        await connection.execute(OLD_PAGES)
        await asyncio.to_thread(other.migrate)
        await connection.execute(OLD_PAGES.replace("oldpage", "sameage"))  # the release before still writes
        rows = await connection.fetch("SELECT * FROM sales_pages ORDER BY short_id")
        assert [row["warned_at"] is None for row in rows] == [True, False, True, True]
        assert {(row["late_payment"], row["edition"], row["waiting_list"]) for row in rows} == {("hard", 1, False)}
        await asyncio.to_thread(migrations.downgrade, "pages", other.owner_url, "0001")
        assert await connection.fetchval("SELECT count(*) FROM sales_pages") == 4
    finally:
        await connection.close()


def sql(query: Select[Any]) -> str:
    written = str(query.compile(dialect=DIALECT, compile_kwargs={"literal_binds": True}))
    return re.sub(r"ARRAY\[[^]]*]", r"\g<0>::uuid[]", written)  # which the driver says of a bound one


@pytest.mark.parametrize(
    ("index", "query"),
    [
        ("sales_pages_short_id", store.page_of_short_id("abcdefghij12")),
        ("sales_pages_expires_at", store.to_expire(NOW, 500)),
        ("sales_pages_expires_at", store.next_expiry()),
        ("sales_pages_unwarned", store.to_warn(NOW, 500)),
        ("sales_pages_unwarned", store.next_warning()),
        ("sales_pages_short_id", store.is_withdrawn("abcdefghij12")),
        ("sales_pages_short_id", store.page_and_those_before("abcdefghij12")),
        ("sales_pages_successor_short_id", store.page_and_those_before("abcdefghij12")),
        ("sales_pages_launch_at", store.to_launch(NOW, 500)),
        ("sales_pages_launch_at", store.next_launch()),
        ("sales_pages_creator_id", store.pages_of(new_id(), before=new_id(), status=None, limit=21)),
        ("sales_pages_creator_id", store.pages_of_creator(new_id())),
        ("sales_pages_product_ids", store.pages_selling(new_id())),
        ("page_views_pkey", store.views_by_day(new_id(), NOW.date(), NOW.date())),
        ("mirrored_orders_sales_page_id", store.orders_by_day(new_id(), "UTC", NOW, NOW)),
        ("mirrored_registrations_sales_page_id", store.registrations_by_day(new_id(), "UTC", NOW, NOW)),
    ],
)
async def test_each_index_is_used_by_the_query_it_is_for(db: Database, index: str, query: Select[Any]) -> None:
    assert index in await plan_of(db, sql(query))
