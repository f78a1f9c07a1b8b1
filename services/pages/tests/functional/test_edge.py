"""What Cloudflare's edge is told of pages: the newest state, until the instant at which it turns false."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from chassis import edge
from chassis.db import Database
from chassis.edge import CloudflareKV, write_owed
from chassis.lifecycle import Service
from chassis.testing import PATIENCE, TEST_KEYS, SettableClock, TestDatabase
from cloudflare_sandbox.testing import RunningSandbox, running_sandbox
from contracts.catalog import ProductUpdated
from pages.edge_entries import edge_entries
from pages.main import build
from pages.settings import PagesSettings
from sqlalchemy import text

from .conftest import DAY, HOUR, Seller, instant


@pytest.fixture
async def cloudflare(clock: SettableClock) -> AsyncIterator[RunningSandbox]:
    async with running_sandbox(lambda: clock.now().timestamp()) as sandbox:
        yield sandbox


@pytest.fixture
async def kv(settings: PagesSettings, cloudflare: RunningSandbox) -> AsyncIterator[CloudflareKV]:
    told = {name.lower(): value for name, value in cloudflare.environment.items()}
    async with CloudflareKV(settings.model_copy(update=told)) as namespace:
        yield namespace


def key(page: dict[str, Any]) -> str:
    return f"page:{page['shortId']}"


def told(cloudflare: RunningSandbox, page: dict[str, Any]) -> Any:
    value = cloudflare.value(key(page))
    return None if value is None else json.loads(value)


async def owed(db: Database) -> list[str]:
    async with db.reading() as session:
        return list((await session.execute(text("SELECT key FROM edge_writes ORDER BY key"))).scalars())


async def test_a_page_is_told_until_it_closes(
    seller: Seller, db: Database, kv: CloudflareKV, cloudflare: RunningSandbox
) -> None:
    page = await seller.publishes(afterExpiry={"mode": "message", "message": "Thank you"})
    assert await write_owed(db, kv, edge_entries) == 1
    facts = told(cloudflare, page)
    assert facts["expiresAt"] == page["expiresAt"]
    assert facts["launchAt"] == page["launchAt"]
    assert facts["document"]["products"][0]["priceInCents"] == 1900
    assert facts["farewell"] == {"title": "Field Guide", "message": "Thank you"}
    assert facts["capped"] is False
    assert cloudflare.expiration(key(page)) == int(instant(page["expiresAt"]).timestamp())
    assert await owed(db) == []


async def test_what_the_clock_decides_is_left_to_the_edge(
    seller: Seller, db: Database, kv: CloudflareKV, cloudflare: RunningSandbox
) -> None:
    page = await seller.publishes()
    await write_owed(db, kv, edge_entries)
    assert not {"state", "serverNow", "remaining"} & set(told(cloudflare, page)["document"])


async def test_a_change_of_a_product_is_told_of_every_page_that_sells_it(
    seller: Seller, db: Database, kv: CloudflareKV, cloudflare: RunningSandbox
) -> None:
    product = await seller.sells()
    page = await seller.publishes(productIds=[str(product.id)])
    await write_owed(db, kv, edge_entries)
    await seller.hears(ProductUpdated, product, price_in_cents=2500)
    await write_owed(db, kv, edge_entries)
    assert told(cloudflare, page)["document"]["products"][0]["priceInCents"] == 2500


async def test_where_a_page_leads_is_told_by_the_origin_once_it_leads_there(
    seller: Seller, db: Database, kv: CloudflareKV, cloudflare: RunningSandbox
) -> None:
    outside = "https://www.example.com/next"
    page = await seller.publishes(afterExpiry={"mode": "redirect", "redirectUrl": outside})
    await write_owed(db, kv, edge_entries)
    assert outside not in json.dumps(told(cloudflare, page))
    assert told(cloudflare, page)["until"] == page["expiresAt"]


async def test_what_buyers_are_told_is_not_told_to_the_edge(
    seller: Seller, db: Database, kv: CloudflareKV, cloudflare: RunningSandbox
) -> None:
    page = await seller.publishes(customization={"title": "Birds", "thanks": "The code is wren."})
    await write_owed(db, kv, edge_entries)
    assert told(cloudflare, page)["document"]["customization"] == {"title": "Birds"}


async def test_what_is_left_is_not_told_of(seller: Seller, db: Database, kv: CloudflareKV) -> None:
    page = await seller.publishes(quantityLimit=5)
    await write_owed(db, kv, edge_entries)
    await seller.has_left(page, 3)
    assert await owed(db) == []


async def test_a_withdrawn_page_is_told_to_be_gone(
    seller: Seller, db: Database, kv: CloudflareKV, cloudflare: RunningSandbox
) -> None:
    page = await seller.publishes()
    await write_owed(db, kv, edge_entries)
    await seller.withdraws(page)
    await write_owed(db, kv, edge_entries)
    assert told(cloudflare, page) == {"withdrawn": True}


async def test_a_draft_is_told_to_nobody(
    seller: Seller, db: Database, kv: CloudflareKV, cloudflare: RunningSandbox
) -> None:
    page = await seller.drafts()
    await write_owed(db, kv, edge_entries)
    assert told(cloudflare, page) is None


async def test_a_page_that_closes_within_a_minute_is_left_to_the_origin(
    seller: Seller, db: Database, kv: CloudflareKV, cloudflare: RunningSandbox, clock: SettableClock
) -> None:
    page = await seller.publishes()
    await write_owed(db, kv, edge_entries)
    clock.advance(DAY - HOUR / 120)
    await seller.changes(page, customization={"title": "Last call"})
    assert await write_owed(db, kv, edge_entries) == 1
    assert told(cloudflare, page) is None


async def test_what_cloudflare_does_not_take_is_tried_again_later(
    seller: Seller, db: Database, kv: CloudflareKV, cloudflare: RunningSandbox, clock: SettableClock
) -> None:
    page = await seller.publishes()
    cloudflare.sandbox.faults += [503, 429]
    for _ in range(2):
        clock.hold(clock.now())
        assert await write_owed(db, kv, edge_entries) == 0
        assert await write_owed(db, kv, edge_entries) == 0, "not at once"
        clock.advance(HOUR)
    assert cloudflare.sandbox.calls == 2
    assert await write_owed(db, kv, edge_entries) == 1
    assert told(cloudflare, page) is not None


async def test_a_change_while_a_page_is_told_is_told_after_it(
    seller: Seller, db: Database, kv: CloudflareKV, cloudflare: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = await seller.publishes()
    put = kv.put

    async def put_slowly(entries: Any) -> None:
        await seller.changes(page, customization={"title": "Newer"})
        assert await write_owed(db, kv, edge_entries) == 0, "one at a time"
        await put(entries)

    monkeypatch.setattr(kv, "put", put_slowly)
    await write_owed(db, kv, edge_entries)
    assert told(cloudflare, page)["document"]["title"] == "Field Guide"
    monkeypatch.setattr(kv, "put", put)
    assert await owed(db) == [key(page)]
    await write_owed(db, kv, edge_entries)
    assert told(cloudflare, page)["document"]["title"] == "Newer"
    assert await owed(db) == []


async def test_a_writer_that_was_killed_leaves_its_keys_to_another(
    seller: Seller, db: Database, kv: CloudflareKV, cloudflare: RunningSandbox, clock: SettableClock
) -> None:
    page = await seller.publishes()

    async def killed(*_: Any) -> Any:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await write_owed(db, kv, killed)
    assert await write_owed(db, kv, edge_entries) == 0
    clock.advance(edge.LEASE)
    assert await write_owed(db, kv, edge_entries) == 1
    assert told(cloudflare, page) is not None


async def test_a_change_that_is_rolled_back_owes_nothing(seller: Seller, db: Database) -> None:
    page = await seller.publishes()
    async with db.transaction() as tx:
        await tx.session.execute(text("DELETE FROM edge_writes"))
    refused = await seller.send("POST", f"/{page['id']}/extend", {"expiresAt": page["launchAt"]})
    assert refused.status_code == 422
    assert await owed(db) == []


async def test_a_wrong_token_tells_nothing_and_keeps_what_is_owed(
    seller: Seller, db: Database, settings: PagesSettings, cloudflare: RunningSandbox
) -> None:
    page = await seller.publishes()
    names = {**{name.lower(): value for name, value in cloudflare.environment.items()}, "cloudflare_api_token": "old"}
    async with CloudflareKV(settings.model_copy(update=names)) as stranger:
        assert await write_owed(db, stranger, edge_entries) == 0
    assert await owed(db) == [key(page)]


async def test_only_a_service_that_is_told_where_tells_the_edge(
    service: Service, settings: PagesSettings, cloudflare: RunningSandbox, database: TestDatabase
) -> None:
    assert "write-edge" not in {job.name for job in service.jobs}
    told_where = {name.lower(): value for name, value in cloudflare.environment.items()}
    configured = build(settings.model_copy(update=told_where), keys=TEST_KEYS)
    assert "write-edge" in {job.name for job in configured.jobs}


@pytest.mark.parametrize("body", [[{"key": "a", "value": "1", "expiration": 1}], [{"key": "", "value": "1"}], {}, [1]])
async def test_the_sandbox_refuses_what_cloudflare_refuses(cloudflare: RunningSandbox, body: Any) -> None:
    place = "/accounts/sandbox-account/storage/kv/namespaces/sandbox-namespace/bulk"
    url = cloudflare.environment["CLOUDFLARE_API_BASE"] + place
    async with httpx.AsyncClient(headers={"Authorization": "Bearer sandbox-token"}, timeout=PATIENCE) as client:
        answer = await client.put(url, json=body)
        assert answer.status_code == 400
        assert answer.json()["success"] is False
