"""Schema and models agree, and each index fits the query it is for."""

import asyncio
import re
from datetime import UTC, datetime
from typing import Any

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


async def test_the_schema_goes_down_and_up_again(infrastructure: Stack) -> None:
    other = TestDatabase(infrastructure.admin_database_url, "pages")
    for url in ("owner_url", "app_url"):
        setattr(other, url, f"{getattr(other, url)}_migrations")
    await other.provision()
    await asyncio.to_thread(other.migrate)
    await asyncio.to_thread(migrations.downgrade, "pages", other.owner_url, "base")
    await asyncio.to_thread(other.migrate)
    assert await asyncio.to_thread(missing_migrations, other) is None


def sql(query: Select[Any]) -> str:
    written = str(query.compile(dialect=DIALECT, compile_kwargs={"literal_binds": True}))
    return re.sub(r"ARRAY\[[^]]*]", r"\g<0>::uuid[]", written)  # which the driver says of a bound one


@pytest.mark.parametrize(
    ("index", "query"),
    [
        ("sales_pages_short_id", store.page_of_short_id("abcdefghij12")),
        ("sales_pages_expires_at", store.to_expire(NOW, 500)),
        ("sales_pages_expires_at", store.next_expiry()),
        ("sales_pages_launch_at", store.to_launch(NOW, 500)),
        ("sales_pages_launch_at", store.next_launch()),
        ("sales_pages_creator_id", store.pages_of(new_id(), before=new_id(), status=None, limit=21)),
        ("sales_pages_creator_id", store.pages_of_creator(new_id())),
        ("sales_pages_product_ids", store.pages_selling(new_id())),
    ],
)
async def test_each_index_is_used_by_the_query_it_is_for(db: Database, index: str, query: Select[Any]) -> None:
    assert index in await plan_of(db, sql(query))
