"""The schema goes from its first revision to its last with rows in it, and back by one."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import pytest
from chassis import migrations
from chassis.testing import TestDatabase, missing_migrations
from local_stack import Stack

ISSUED = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
ROWS = """
INSERT INTO mirrored_products (id, version, name, attempts_allowed, access_days) VALUES ('{product}', 1, 'Guide', 5, 7);
INSERT INTO download_grants (id, version, order_id, creator_id, product_id, file_id, token_hash, attempts_allowed,
  attempts_used, expires_at, revoked_at, reason)
VALUES ('{grant}', 1, '{grant}', '{creator}', '{product}', '{grant}', 'a', 5, 1, '2026-11-08Z', now(), 'creator');
INSERT INTO order_chains VALUES ('{grant}', '{creator}', 0, 'digest');
INSERT INTO order_events VALUES ('{grant}', now(), '{grant}', 1, 1, 'x', now(),
  '{{"salesPageId": "{page}"}}', 'digest');
INSERT INTO download_attempts VALUES ('{grant}', now(), '{grant}', '{grant}', 'refused_expired', 'Firefox');
INSERT INTO client_addresses VALUES ('{grant}', now(), '203.0.113.7');
"""


@pytest.fixture
async def other(infrastructure: Stack) -> TestDatabase:
    """A database beside that of the other tests, with nothing in it."""
    database = TestDatabase(infrastructure.admin_database_url, "delivery", suffix="_migrations")
    await database.provision()
    return database


def rows() -> str:
    """As the first revision held them; the grant's id tells when it was made."""
    made_at = f"{int(ISSUED.timestamp() * 1000):012x}"
    grant = UUID(f"{made_at}7000800000000000000a")
    return ROWS.format(grant=grant, creator=UUID(int=1), product=UUID(int=2), page=UUID(int=3))


async def test_rows_of_the_first_revision_come_through_to_the_last(other: TestDatabase) -> None:
    await asyncio.to_thread(other.migrate, "0001")
    connection = await asyncpg.connect(other.owner_url)
    await connection.execute(rows())
    await asyncio.to_thread(other.migrate)
    assert await asyncio.to_thread(missing_migrations, other) is None
    grant = await connection.fetchrow("SELECT * FROM download_grants")
    assert (grant["issued_at"], grant["first_used_at"], grant["revoked_by_creator"]) == (ISSUED, ISSUED, True)
    assert (grant["address_binding"], grant["bound_to"]) == ("none", None)
    assert (grant["sales_page_id"], grant["refusals"]) == (UUID(int=3), '{"refused_expired": 1}')
    for table in ("mirrored_products", "mirrored_pages"):
        assert await connection.fetchval(f"SELECT creator_id FROM {table}") == UUID(int=1)
    await connection.close()
    await asyncio.to_thread(migrations.downgrade, "delivery", other.owner_url, "-1")
    await asyncio.to_thread(other.migrate)
    connection = await asyncpg.connect(other.owner_url)
    for table in ("download_grants", "order_events", "download_attempts", "client_addresses"):
        assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 1
    await connection.close()


async def test_the_last_revision_goes_down_by_one_and_up_again(other: TestDatabase) -> None:
    await asyncio.to_thread(other.migrate)
    await asyncio.to_thread(migrations.downgrade, "delivery", other.owner_url, "-1")
    await asyncio.to_thread(other.migrate)
    assert await asyncio.to_thread(missing_migrations, other) is None


async def test_the_schema_goes_down_to_nothing_and_up_again(other: TestDatabase) -> None:
    await asyncio.to_thread(other.migrate)
    await asyncio.to_thread(migrations.downgrade, "delivery", other.owner_url, "base")
    await asyncio.to_thread(other.migrate)
    assert await asyncio.to_thread(missing_migrations, other) is None
