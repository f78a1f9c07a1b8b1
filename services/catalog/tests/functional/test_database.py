"""The schema and its indexes."""

import asyncio
from uuid import UUID

import asyncpg
import pytest
from chassis.lifecycle import Service
from chassis.migrations import downgrade
from chassis.testing import TestDatabase, missing_migrations, plan_of
from local_stack import Stack

ANY_ID = "'01890000-0000-7000-8000-000000000000'::uuid"


async def test_migrations_make_what_the_models_say(catalog_database: TestDatabase) -> None:
    assert await asyncio.to_thread(missing_migrations, catalog_database) is None


async def test_the_first_revision_can_be_undone_and_done_again(catalog_database: TestDatabase) -> None:
    await asyncio.to_thread(downgrade, "catalog", catalog_database.owner_url, "base")
    await asyncio.to_thread(catalog_database.migrate)
    assert await asyncio.to_thread(missing_migrations, catalog_database) is None


ROWS = f"""
INSERT INTO creators (id, email, name, password_hash, created_at, updated_at, version, stripe_charges_enabled,
  stripe_payouts_enabled, stripe_details_submitted, stripe_links)
VALUES ({ANY_ID}, 'ada@example.com', 'Ada', 'x', now(), now(), 1, false, false, false, 0);
INSERT INTO products (id, creator_id, name, description, price_in_cents, currency, attempts_allowed, access_days,
  created_at, updated_at, version)
VALUES ({ANY_ID}, {ANY_ID}, 'Guide', '', 1900, 'EUR', 5, 7, now(), now(), 1);
"""


async def test_rows_of_the_first_revision_come_through_to_the_last(infrastructure: Stack) -> None:
    other = TestDatabase(infrastructure.admin_database_url, "catalog", suffix="_migrations")
    await other.provision()
    await asyncio.to_thread(other.migrate, "0001")
    connection = await asyncpg.connect(other.owner_url)
    await connection.execute(ROWS)
    await asyncio.to_thread(other.migrate)
    product = await connection.fetchrow("SELECT pricing, suggested_price_in_cents, address_binding FROM products")
    assert tuple(product) == ("fixed", None, "none")
    await connection.close()
    await asyncio.to_thread(downgrade, "catalog", other.owner_url, "-1")
    await asyncio.to_thread(other.migrate)
    assert await asyncio.to_thread(missing_migrations, other) is None


async def test_drafts_of_who_was_erased_before_that_was_done_are_forgotten_too(infrastructure: Stack) -> None:
    other = TestDatabase(infrastructure.admin_database_url, "catalog", suffix="_drafts")
    await other.provision()
    await asyncio.to_thread(other.migrate, "0001")
    connection = await asyncpg.connect(other.owner_url)
    await connection.execute(ROWS)
    await asyncio.to_thread(other.migrate, "0010")
    await connection.execute("UPDATE creators SET erased_at = now()")
    await asyncio.to_thread(other.migrate)
    assert await connection.fetchval("SELECT forget_at <= now() FROM products")
    await connection.close()


PAGE = f"""
INSERT INTO mirrored_pages (id, version, short_id, creator_id, product_id, product_ids, time_zone, expires_at,
  is_withdrawn)
VALUES ({ANY_ID}, 1, 'Ab3dE6gH9k', {ANY_ID}, {ANY_ID}, '{{}}', 'UTC', now(), false);
INSERT INTO mails (id, kind, about, created_at, due_at)
VALUES ({ANY_ID}, 'page-expiring', {ANY_ID}, now(), now());
"""
WARNED_OF = """
SELECT p.expires_at AS page, w.expires_at AS warning
FROM mails m JOIN expiry_warnings w ON w.id = m.about JOIN mirrored_pages p ON p.id = w.page_id
"""


async def test_a_warning_that_is_still_to_be_sent_comes_through_its_migration(infrastructure: Stack) -> None:
    other = TestDatabase(infrastructure.admin_database_url, "catalog", suffix="_warnings")
    await other.provision()
    await asyncio.to_thread(other.migrate, "0007")
    connection = await asyncpg.connect(other.owner_url)
    await connection.execute(PAGE)
    await asyncio.to_thread(other.migrate)
    [warned_of] = await connection.fetch(WARNED_OF)
    assert warned_of["page"] == warned_of["warning"]
    await connection.close()


async def restored(infrastructure: Stack, revision: str, before: str, rows: str, suffix: str) -> list[asyncpg.Record]:
    """The mails that are there when `rows` were written at `revision`, and that was undone."""
    other = TestDatabase(infrastructure.admin_database_url, "catalog", suffix=suffix)
    await other.provision()
    await asyncio.to_thread(other.migrate, revision)
    connection = await asyncpg.connect(other.owner_url)
    await connection.execute(rows)
    await asyncio.to_thread(downgrade, "catalog", other.owner_url, before)
    found: list[asyncpg.Record] = await connection.fetch("SELECT id, about, sent_at FROM mails ORDER BY id")
    await connection.close()
    return found


def an_end(number: int, page: int, kind: str) -> str:
    """Of the page, and the mail that is owed about it, with the same number."""
    return f"""
INSERT INTO expiry_warnings (id, page_id, creator_id, expires_at)
VALUES ('{numbered(number)}', '{numbered(page)}', {ANY_ID}, now() + interval '{number} days');
INSERT INTO mails (id, kind, about, created_at, due_at)
VALUES ('{numbered(number)}', '{kind}', '{numbered(number)}', now(), now());
"""


def numbered(number: int) -> UUID:
    return UUID(int=number)


@pytest.mark.parametrize(
    ("kind", "revision", "before"), [("page-expiring", "0008", "0007"), ("page-expired", "0009", "0008")]
)
async def test_of_mails_owed_about_ends_the_latest_becomes_its_pages_own_when_that_is_undone(
    infrastructure: Stack, kind: str, revision: str, before: str
) -> None:
    two_ends, told_before = 100, 200
    sent = f"""
INSERT INTO mails (id, kind, about, created_at, due_at, sent_at)
VALUES ('{numbered(4)}', '{kind}', '{numbered(told_before)}', now(), now(), now());
"""
    rows = an_end(1, two_ends, kind) + an_end(2, two_ends, kind) + an_end(3, told_before, kind) + sent
    left = await restored(infrastructure, revision, before, rows, f"_{kind[5:]}")
    assert [(mail["id"], mail["about"]) for mail in left] == [
        (numbered(2), numbered(two_ends)),
        (numbered(4), numbered(told_before)),
    ]


@pytest.mark.parametrize(
    ("index", "statement"),
    [
        ("creators_email", "SELECT * FROM creators WHERE lower(email) = lower('Ada@example.com')"),
        (
            "products_of_creator",
            f"SELECT * FROM products WHERE creator_id = {ANY_ID} AND id < {ANY_ID} ORDER BY id DESC LIMIT 21",
        ),
        (
            "products_expiring",
            "SELECT * FROM products WHERE published_at IS NOT NULL AND withdrawn_at IS NULL AND expiry_told_at IS NULL"
            " AND expires_at <= now() ORDER BY expires_at LIMIT 200 FOR UPDATE SKIP LOCKED",
        ),
        (
            "products_to_forget",
            "SELECT * FROM products WHERE forget_at <= now() ORDER BY forget_at LIMIT 50 FOR UPDATE SKIP LOCKED",
        ),
        ("file_uploads_open", "SELECT * FROM file_uploads WHERE state = 'open' AND expires_at <= now() LIMIT 50"),
        (
            "file_uploads_verifying",
            "SELECT * FROM file_uploads WHERE state = 'verifying' AND lease_until <= now()"
            " ORDER BY lease_until LIMIT 1",
        ),
        (
            "mirrored_pages_of_creator",
            f"SELECT * FROM mirrored_pages WHERE creator_id = {ANY_ID} AND expires_at > now() ORDER BY expires_at",
        ),
        ("ix_mirrored_orders_sales_page_id", f"SELECT * FROM mirrored_orders WHERE sales_page_id = {ANY_ID}"),
        ("api_keys_key_hash_key", "SELECT * FROM api_keys WHERE key_hash = 'x'"),
        ("ix_refresh_tokens_session_id", f"DELETE FROM refresh_tokens WHERE session_id = {ANY_ID}"),
    ],
)
async def test_each_index_fits_its_query(service: Service, index: str, statement: str) -> None:
    assert index in await plan_of(service.db, statement)
