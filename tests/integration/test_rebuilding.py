"""What a service mirrors can be lost, or be wrong, and is built anew from what its owners have."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import httpx
import pytest
from local_stack import Stack
from tempages.main import app
from typer.testing import CliRunner, Result

from .journey import Buyer, Creator, Inbox, checked, patient, soon, until

SERVICES = ("catalog", "pages", "checkout", "delivery", "leads")
MIRRORS = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relname ~ '^mirrored_' ORDER BY relname"
UNLIKE = ("version", "told_at")
"""What an owner has moved on without telling, and when it told."""
COUNTED = "mirrored_views"
"""It grows by itself: pages that were looked at before are told of every 30 seconds."""
PRICE = "SELECT price_in_cents FROM mirrored_products WHERE id = $1"
FOR_SALE = """
SELECT page.id FROM mirrored_pages page, mirrored_products product, mirrored_creators creator
WHERE page.id = $1 AND product.creator_id = page.creator_id AND creator.id = page.creator_id
"""

Rebuild = Callable[..., Any]
Tables = dict[str, list[dict[str, Any]]]
"""Rows, by the table that they are of."""


@pytest.fixture
def rebuild(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Rebuild:
    """`tempages rebuild-read-model`, with an operator's environment."""
    for name, value in stack.environment(*SERVICES).items():
        monkeypatch.setenv(name, value)

    async def run(*arguments: str) -> Result:
        return await asyncio.to_thread(CliRunner().invoke, app, ["rebuild-read-model", *arguments])

    return run


@asynccontextmanager
async def owner_of(stack: Stack, service: str) -> AsyncIterator[asyncpg.Connection]:
    """Connected as who may empty a service's tables."""
    connection = await asyncpg.connect(stack.environment(service)[f"{service.upper()}_MIGRATION_DATABASE_URL"])
    try:
        yield connection
    finally:
        await connection.close()


async def snapshot(connection: asyncpg.Connection) -> Tables:
    """Every mirror's rows."""
    tables = [row["relname"] for row in await connection.fetch(MIRRORS)]
    rows = {table: await connection.fetch(f"SELECT * FROM {table} ORDER BY id") for table in tables}
    return {
        table: [{name: value for name, value in row.items() if name not in UNLIKE} for row in found]
        for table, found in rows.items()
    }


def naming(own: set[str], rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those that name one of the ids."""
    return [row for row in rows if not own.isdisjoint(map(str, row.values()))]


def is_restored(was: Tables, now: Tables, own: set[str]) -> bool:
    """Our own rows are as they were; of what goes on being counted, no less. Others' pages go on living meanwhile."""
    as_before = all(naming(own, now[table]) == naming(own, rows) for table, rows in was.items() if table != COUNTED)
    views = {row["id"]: row["views"] for row in now.get(COUNTED, [])}
    return as_before and all(views.get(row["id"], 0) >= row["views"] for row in naming(own, was.get(COUNTED, [])))


async def somebody_waits(stack: Stack, edge: httpx.AsyncClient, inbox: Inbox, page: dict[str, Any]) -> None:
    """A registration that is confirmed, and that pages has heard of."""
    email = Buyer(edge).email
    path = f"/api/leads/v1/public/pages/{page['shortId']}/registrations"
    checked(await patient(lambda: edge.post(path, json={"email": email, "customFields": {}})), 202)
    link = re.search(r"/r/confirm#(\S+)", (await inbox.mail(email))["text"])
    assert link is not None
    checked(await edge.post("/api/leads/v1/registrations/confirm", json={"token": link[1]}), 200)
    async with owner_of(stack, "pages") as pages:
        await until(lambda: pages.fetchval("SELECT id FROM mirrored_registrations"))


async def who_is_gone(stack: Stack, edge: httpx.AsyncClient) -> Creator:
    """A creator who erased their account, and whom pages knows as nobody any more."""
    gone = await Creator.registered(edge)
    body = {"password": gone.password}
    left = await edge.request("DELETE", "/api/catalog/v1/creators/me", json=body, headers=gone.headers)
    checked(left, 204)
    nobody = "SELECT id FROM mirrored_creators WHERE id = $1 AND name = ''"
    async with owner_of(stack, "pages") as pages:
        await until(lambda: pages.fetchval(nobody, gone.id))
    return gone


async def test_every_mirror_that_was_emptied_is_filled_as_it_was(
    stack: Stack, edge: httpx.AsyncClient, creator: Creator, inbox: Inbox, rebuild: Rebuild
) -> None:
    page = await creator.ready_to_sell(quantityLimit=5)
    await (await Buyer(edge).buy(page)).reaches("completed")
    ahead = await creator.page(page["productId"], launchAt=soon(hours=1))
    await somebody_waits(stack, edge, inbox, ahead)
    assert (await edge.get(f"/p/{page['shortId']}")).status_code == 200  # a view, to be told with the next ones
    gone = await who_is_gone(stack, edge)
    own = {page["id"], ahead["id"], page["productId"], creator.id, gone.id}
    for service in ("pages", "checkout", "delivery", "leads"):
        async with owner_of(stack, service) as connection:
            await emptied_is_filled(connection, service, rebuild, own)


async def emptied_is_filled(connection: asyncpg.Connection, service: str, rebuild: Rebuild, own: set[str]) -> None:
    async def is_complete() -> bool:
        return all(naming(own, rows) for rows in (await snapshot(connection)).values())

    await until(is_complete)
    before = await snapshot(connection)
    for table in before:
        await connection.execute(f"TRUNCATE {table} CASCADE")
    done = await rebuild(service)
    assert done.exit_code == 0, done.output

    async def is_filled() -> bool:
        return is_restored(before, await snapshot(connection), own)

    await until(is_filled)


async def test_sales_go_on_once_a_lost_mirror_is_rebuilt(
    stack: Stack, edge: httpx.AsyncClient, creator: Creator, rebuild: Rebuild
) -> None:
    page = await creator.ready_to_sell()
    await (await Buyer(edge).buy(page)).reaches("completed")
    async with owner_of(stack, "checkout") as checkout:
        await checkout.execute("TRUNCATE mirrored_creators, mirrored_products, mirrored_pages CASCADE")
        refused = await edge.post("/api/checkout/v1/checkouts", json={"shortId": page["shortId"]})
        assert refused.status_code in (404, 503)
        assert (await rebuild("checkout")).exit_code == 0
        await until(lambda: checkout.fetchval(FOR_SALE, page["id"]))
        await (await Buyer(edge).buy(page)).reaches("completed")


async def test_a_mirror_that_is_wrong_is_put_right_without_being_emptied(
    stack: Stack, creator: Creator, rebuild: Rebuild
) -> None:
    page = await creator.ready_to_sell()
    async with owner_of(stack, "checkout") as checkout:
        right = await checkout.fetchval(PRICE, page["productId"])
        await checkout.execute("UPDATE mirrored_products SET price_in_cents = 1")
        assert "told anew to checkout.mirror-product" in (await rebuild("checkout", "product")).output

        async def is_right() -> bool:
            return bool(await checkout.fetchval(PRICE, page["productId"]) == right)

        await until(is_right)


async def test_what_an_owner_no_longer_has_goes_when_a_mirror_is_rebuilt_from_nothing(
    stack: Stack, creator: Creator, rebuild: Rebuild
) -> None:
    page = await creator.ready_to_sell()
    async with owner_of(stack, "checkout") as checkout:
        stray = "UPDATE mirrored_products SET id = gen_random_uuid() WHERE id = $1 RETURNING id"
        left = await checkout.fetchval(stray, page["productId"])
        await rebuild("checkout", "product", "--from-nothing")

        async def ids() -> bool:
            found = {row["id"] for row in await checkout.fetch("SELECT id FROM mirrored_products")}
            return page["productId"] in map(str, found) and left not in found

        await until(ids)


async def test_an_unknown_model_is_named_with_those_there_are(stack: Stack, rebuild: Rebuild) -> None:
    refused = await rebuild("delivery", "stock")
    assert refused.exit_code == 2
    assert "product, page" in refused.output
