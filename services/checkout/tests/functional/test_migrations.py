"""Rows of the first release go up to the newest schema, and down one step again."""

import asyncio

import asyncpg
import pytest
from chassis import migrations
from chassis.testing import TestDatabase, missing_migrations
from local_stack import Stack

OLD_ORDERS = """
    INSERT INTO orders (id, sales_page_id, product_id, creator_id, customer_id, price_in_cents, amount_paid,
        amount_refunded, currency, status, needs_review, unit, access_revoked, link_generation, created_at,
        download_attempts, grant_version, ledger_looks, ledger_applied, version)
    SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 1900, 1900,
        0, 'EUR', 'completed', false, 'sold', false, 1, now(), 0, 0, 0, 0, 2
    FROM generate_series(1, 2) AS n
"""


@pytest.fixture
async def other(infrastructure: Stack) -> TestDatabase:
    """A database of its own, empty."""
    made = TestDatabase(infrastructure.admin_database_url, "checkout", suffix="_migrations")
    await made.provision()
    return made


async def test_rows_of_the_first_release_go_up_and_down_one_step(other: TestDatabase) -> None:
    await asyncio.to_thread(other.migrate, "0001")
    connection = await asyncpg.connect(other.owner_url)
    try:
        await connection.execute(OLD_ORDERS)
        await asyncio.to_thread(other.migrate)
        assert await asyncio.to_thread(missing_migrations, other) is None
        await connection.execute(OLD_ORDERS)  # the release before still writes
        assert {row["discount_in_cents"] for row in await connection.fetch("SELECT * FROM orders")} == {0}
        await asyncio.to_thread(migrations.downgrade, "checkout", other.owner_url, "-1")
        assert await connection.fetchval("SELECT count(*) FROM orders") == 4
        await asyncio.to_thread(migrations.downgrade, "checkout", other.owner_url, "base")
    finally:
        await connection.close()
