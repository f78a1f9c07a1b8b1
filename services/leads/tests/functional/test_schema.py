"""Schema and models agree, and each index fits the query it is for."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest
from chassis import migrations
from chassis.clock import new_id
from chassis.db import Database
from chassis.testing import TestDatabase, missing_migrations, plan_of, told
from contracts.leads import WaitingListLapsed
from leads import jobs, store
from leads.models import Purpose, Registration
from local_stack import Stack
from sqlalchemy import Select, make_url, text

NOW = datetime(2026, 1, 1, tzinfo=UTC)
DIALECT = make_url("postgresql+asyncpg://").get_dialect()()


async def test_migrations_match_the_models(database: TestDatabase) -> None:
    assert await asyncio.to_thread(missing_migrations, database) is None


@pytest.fixture
async def other(infrastructure: Stack) -> TestDatabase:
    """A second, empty database."""
    database = TestDatabase(infrastructure.admin_database_url, "leads", suffix="_migrations")
    await database.provision()
    return database


OLD_ROWS = """
    INSERT INTO mirrored_creators (id, version, name) VALUES ('{0}', 1, 'Ada');
    INSERT INTO mirrored_pages (id, version, short_id, creator_id, product_id, status, launch_at, expires_at, time_zone,
        registration_form) VALUES ('{0}', 1, '{0}', '{0}', '{0}', 'published', now(), now(), 'UTC', '[]');
    INSERT INTO registrations (id, version, sales_page_id, email, custom_fields, registered_at, confirmed_at)
        VALUES ('{0}', 1, '{0}', 'grace@example.com', '{{}}', now(), now());
    INSERT INTO confirmations (id, registration_id, asked_at) VALUES ('{0}', '{0}', now());
"""


async def test_rows_of_the_first_release_go_up_and_down_one_step(other: TestDatabase) -> None:
    await asyncio.to_thread(other.migrate, "0001")
    connection = await asyncpg.connect(other.owner_url)
    try:
        await connection.execute(OLD_ROWS.format(new_id()))
        await asyncio.to_thread(other.migrate)
        await connection.execute(OLD_ROWS.format(new_id()))  # the release before still writes
        pages = await connection.fetch("SELECT early_access_minutes, waiting_list, takes_next FROM mirrored_pages")
        assert [tuple(page) for page in pages] == [(0, False, False)] * 2
        assert await connection.fetchval("SELECT count(*) FROM confirmations WHERE purpose = 'launch'") == 2
        assert await connection.fetchval("SELECT count(*) FROM mirrored_creators WHERE NOT erased") == 2
        assert await connection.fetchval("SELECT count(*) FROM mirrored_pages WHERE NOT unlimited") == 2
        await asyncio.to_thread(migrations.downgrade, "leads", other.owner_url, "0001")
        assert await connection.fetchval("SELECT count(*) FROM registrations") == 2
    finally:
        await connection.close()


BOUGHT = """
    UPDATE mirrored_pages SET expires_at = now() + interval '1 day' WHERE id = '{0}';
    INSERT INTO waiting_list_offers (id, version, sales_page_id, registration_id, offered_at, offered_until, ended_at,
        outcome) VALUES ('{0}', 2, '{0}', '{0}', now(), now(), now(), 'bought');
"""
TOLD = """
    INSERT INTO outbox (event_id, aggregate_type, aggregate_id, aggregate_version, type, payload, occurred_at)
        VALUES ('{0}', 'waiting-list', '{0}', 2, 'leads.waiting-list.lapsed.v1', '{{}}', now());
"""


async def test_checkout_is_told_of_offers_that_a_purchase_ended_without_a_word(other: TestDatabase) -> None:
    untold, ended = new_id(), new_id()
    await asyncio.to_thread(other.migrate, "0008")
    connection = await asyncpg.connect(other.owner_url)
    try:
        for offer in (untold, ended):
            await connection.execute((OLD_ROWS + BOUGHT).format(offer))
        await connection.execute(TOLD.format(ended))
        await asyncio.to_thread(other.migrate)
        await connection.execute("DELETE FROM outbox")
    finally:
        await connection.close()
    db = Database(other.app_url, "leads")
    await jobs.lapse_next_batch(db)
    assert [(lapsed.id, lapsed.version) for lapsed in await told(db, WaitingListLapsed)] == [(untold, 3)]
    await db.dispose()


async def test_the_schema_goes_down_and_up_again(other: TestDatabase) -> None:
    await asyncio.to_thread(other.migrate)
    await asyncio.to_thread(migrations.downgrade, "leads", other.owner_url, "base")
    await asyncio.to_thread(other.migrate)
    assert await asyncio.to_thread(missing_migrations, other) is None


@pytest.fixture(scope="session")
async def unread(infrastructure: Stack) -> AsyncIterator[Database]:
    """A database in which no other test left statistics: the planner decides by the indexes alone."""
    database = TestDatabase(infrastructure.admin_database_url, "leads", suffix="_plans")
    await database.provision()
    await asyncio.to_thread(database.migrate)
    db = Database(database.app_url, "leads")
    yield db
    await db.dispose()


def sql(query: Select[Any]) -> str:
    return str(query.compile(dialect=DIALECT, compile_kwargs={"literal_binds": True}))


@pytest.mark.parametrize(
    ("index", "query"),
    [
        ("registrations_sales_page_id", store.registrations(new_id(), before=new_id(), confirmed=None, limit=21)),
        ("registrations_to_tell", store.pages_to_tell_of(NOW, 20)),
        ("mirrored_pages_launch_at", store.next_launch(NOW)),
        ("mirrored_pages_short_id_key", store.page_of_short_id("abcdefghij12")),
        ("registrations_to_tell", store.next_to_tell(new_id(), 200)),
        ("registrations_told_early", store.told_early(new_id())),
        ("registrations_waiting", store.next_waiting(new_id(), 5)),
        ("registrations_for_the_next", store.registrations_for_successors(NOW, 200)),
        ("registrations_to_tell", store.pages_with_early_access(NOW, 20)),
        ("registrations_waiting", store.stocks_to_offer(NOW, 20)),
        ("waiting_list_offers_sales_page_id", store.units_free(new_id())),
        ("waiting_list_offers_sales_page_id", store.stocks_to_offer(NOW, 20)),
        ("waiting_list_offers_due", store.offers_to_lapse(NOW, 200)),
        ("waiting_list_offers_due", store.next_lapse()),
        ("mirrored_creators_erased", store.registrations_of_erased(200)),
        ("mirrored_pages_creator_id", store.registrations_of_erased(200)),
        ("registrations_email", store.asked_by_mail("grace@example.com", NOW)),
        ("confirmations_registration_id", store.asked_by_mail("grace@example.com", NOW)),
        ("confirmations_registration_id", store.asked_since(new_id(), Purpose.LAUNCH, NOW)),
    ],
)
async def test_each_index_is_used_by_the_query_it_is_for(unread: Database, index: str, query: Select[Any]) -> None:
    assert index in await plan_of(unread, sql(query))


async def test_a_known_address_is_found_by_the_index_of_addresses(unread: Database) -> None:
    registration = Registration(sales_page_id=new_id(), email="grace@example.com", custom_fields={}, registered_at=NOW)
    statement = store.register(registration).compile(dialect=DIALECT)
    async with unread.reading() as session:
        await session.execute(text(f"PREPARE register AS {statement}"))
        anything = ", ".join(["NULL"] * len(statement.params))
        plan = await session.scalars(text(f"EXPLAIN EXECUTE register ({anything})"))
    assert "Conflict Arbiter Indexes: registrations_email" in "\n".join(plan)
