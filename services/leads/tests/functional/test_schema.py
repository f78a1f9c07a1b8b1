"""Schema and models agree, and each index fits the query it is for."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from chassis import migrations
from chassis.clock import new_id
from chassis.db import Database
from chassis.testing import TestDatabase, missing_migrations, plan_of
from leads import store
from local_stack import Stack
from sqlalchemy import Select, make_url

NOW = datetime(2026, 1, 1, tzinfo=UTC)
DIALECT = make_url("postgresql+asyncpg://").get_dialect()()


async def test_migrations_match_the_models(database: TestDatabase) -> None:
    assert await asyncio.to_thread(missing_migrations, database) is None


async def test_the_schema_goes_down_and_up_again(infrastructure: Stack) -> None:
    other = TestDatabase(infrastructure.admin_database_url, "leads", suffix="_migrations")
    await other.provision()
    await asyncio.to_thread(other.migrate)
    await asyncio.to_thread(migrations.downgrade, "leads", other.owner_url, "base")
    await asyncio.to_thread(other.migrate)
    assert await asyncio.to_thread(missing_migrations, other) is None


def sql(query: Select[Any]) -> str:
    return str(query.compile(dialect=DIALECT, compile_kwargs={"literal_binds": True}))


@pytest.mark.parametrize(
    ("index", "query"),
    [
        ("registrations_email", store.registration_of_address(new_id(), "grace@example.com")),
        ("registrations_sales_page_id", store.registrations(new_id(), before=new_id(), confirmed=None, limit=21)),
        ("registrations_to_tell", store.registrations_to_tell(NOW, 200)),
        ("mirrored_pages_launch_at", store.next_launch(NOW)),
        ("mirrored_pages_short_id_key", store.page_of_short_id("abcdefghij12")),
        ("confirmations_registration_id", store.asked_since(new_id(), NOW)),
    ],
)
async def test_each_index_is_used_by_the_query_it_is_for(db: Database, index: str, query: Select[Any]) -> None:
    assert index in await plan_of(db, sql(query))
