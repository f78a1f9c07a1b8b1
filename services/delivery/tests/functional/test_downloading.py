"""The link's limits: attempts, windows, expiry; what is appended; what a storage failure gives back."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import aioboto3
import httpx
import pytest
from chassis.clock import new_id
from chassis.lifecycle import Service
from chassis.testing import PATIENCE, TEST_KEYS, SettableClock, deliver, sign_in, told
from contracts.catalog import ProductPublished, ProductUpdated
from contracts.delivery import DownloadAttempted, DownloadExhausted, DownloadOutcome
from delivery import models, store
from delivery.main import build
from delivery.settings import DeliverySettings
from sqlalchemy import delete, text

from .conftest import CONTENT, WINDOW, Order, ask, changed


async def outcomes(client: httpx.AsyncClient, order: Order) -> list[str]:
    """Oldest first."""
    path = f"/v1/orders/{order.id}/download-attempts"
    answer = await client.get(path, params={"limit": 100}, headers=sign_in(order.creator_id))
    return [attempt["outcome"] for attempt in reversed(answer.json()["items"])]


async def test_the_presigned_address_serves_the_file_as_an_attachment(client: httpx.AsyncClient, paid: Order) -> None:
    answer = await ask(client, paid)
    link = answer.json()
    assert (link["expiresIn"], link["fileName"]) == (60, "Käse & Brot.zip")
    assert "X-Amz-Expires=60" in link["url"]
    async with httpx.AsyncClient(timeout=PATIENCE) as browser:
        file = await browser.get(link["url"])
        part = await browser.get(link["url"], headers={"Range": "bytes=2-5"})
        tampered = await browser.get(link["url"].replace("original", "0riginal"))
    assert file.content == CONTENT
    assert file.headers["content-disposition"] == (
        "attachment; filename=\"K_se & Brot.zip\"; filename*=UTF-8''K%C3%A4se%20%26%20Brot.zip"
    )
    assert (part.status_code, part.content) == (206, CONTENT[2:6])
    assert tampered.status_code == 403


async def test_repeats_within_ten_minutes_are_one_attempt(
    client: httpx.AsyncClient, paid: Order, clock: SettableClock
) -> None:
    for _ in range(3):
        assert (await ask(client, paid)).status_code == 200
    clock.advance(WINDOW)
    assert (await ask(client, paid)).status_code == 200
    assert await outcomes(client, paid) == ["granted", "resumed", "resumed", "granted"]


async def test_when_attempts_are_used_up_the_link_says_so(
    service: Service, client: httpx.AsyncClient, paid: Order, clock: SettableClock
) -> None:
    for _ in range(2):
        assert (await ask(client, paid)).status_code == 200
        clock.advance(WINDOW)
    for path in ("/v1/downloads", "/v1/downloads/status"):
        refused = await client.post(path, json={"token": paid.token})
        assert (refused.status_code, refused.json()["type"]) == (403, "download-exhausted")
        assert refused.json()["nextStep"] == "write-to-creator"
    assert await outcomes(client, paid) == ["granted", "granted", "refused_exhausted"]
    assert len(await told(service.db, DownloadExhausted)) == 1


async def test_of_forty_redemptions_at_once_as_many_count_as_are_allowed(
    service: Service,
    client: httpx.AsyncClient,
    product: ProductPublished,
    order: Order,
    settings: DeliverySettings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await deliver(service, changed(product, ProductUpdated, attempts_allowed=5))
    await deliver(service, order.paid())
    monkeypatch.setattr(store, "WINDOW", timedelta(hours=-1))  # over at once, whoever looks at the clock first
    other = build(settings, clock=service.clock, keys=TEST_KEYS)  # a second gateway, which batches by itself
    transport = httpx.ASGITransport(other.app(), client=("203.0.113.9", 1))
    async with other.running(), httpx.AsyncClient(transport=transport, base_url="http://delivery") as elsewhere:
        answers = await asyncio.gather(*(ask((client, elsewhere)[number % 2], order) for number in range(40)))
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [403] * 35
    attempts = await told(service.db, DownloadAttempted)
    assert len({attempt.version for attempt in attempts}) == 40
    assert sum(attempt.outcome is DownloadOutcome.GRANTED for attempt in attempts) == 5
    assert max(attempt.attempts_used for attempt in attempts) == 5


async def test_buyers_who_come_at_once_are_counted_together_each_for_themselves(
    service: Service, client: httpx.AsyncClient, new_order: Callable[[], Order], clock: SettableClock
) -> None:
    orders = [new_order() for _ in range(30)]
    for order in orders[:-1]:
        await deliver(service, order.paid())
    async with service.db.reading() as session:
        before = await session.scalar(text("SELECT pg_current_xact_id()::text::bigint"))
    answers = await asyncio.gather(*(ask(client, order) for order in orders))
    async with service.db.reading() as session:
        after = await session.scalar(text("SELECT pg_current_xact_id()::text::bigint"))
    assert [answer.status_code for answer in answers] == [200] * 29 + [404]
    assert after - before < 15, "transactions"
    attempts = await told(service.db, DownloadAttempted)
    assert {attempt.order_id for attempt in attempts} == {order.id for order in orders[:-1]}


async def test_at_its_expiry_the_link_opens_nothing(
    client: httpx.AsyncClient, paid: Order, clock: SettableClock
) -> None:
    clock.advance(timedelta(days=7, seconds=-5))
    assert (await ask(client, paid)).status_code == 200
    clock.advance(timedelta(seconds=5))
    refused = await ask(client, paid)
    assert (refused.status_code, refused.json()["type"]) == (410, "download-expired")
    assert await outcomes(client, paid) == ["granted", "refused_expired"]


async def test_looking_uses_nothing_up(service: Service, client: httpx.AsyncClient, paid: Order) -> None:
    for method in ("GET", "HEAD"):
        assert (await client.request(method, "/d")).status_code == 200
    answer = await client.post("/v1/downloads/status", json={"token": paid.token})
    found = answer.json()
    assert (found["fileName"], found["attemptsLeft"], found["attemptsUsed"]) == ("Käse & Brot.zip", 2, 0)
    assert await told(service.db, DownloadAttempted) == []


async def test_a_file_that_is_not_there_gives_the_attempt_back(
    client: httpx.AsyncClient, paid: Order, product: ProductPublished, settings: DeliverySettings
) -> None:
    assert product.file is not None
    session = aioboto3.Session(settings.s3_access_key_id, settings.s3_secret_access_key, region_name="auto")
    async with session.client("s3", endpoint_url=settings.s3_endpoint_url) as s3:
        await s3.delete_object(Bucket=settings.s3_bucket, Key=product.file.storage_key)
    refused = await ask(client, paid)
    assert (refused.status_code, refused.json()["type"]) == (503, "storage-unavailable")
    assert refused.headers["retry-after"]
    found = await client.post("/v1/downloads/status", json={"token": paid.token})
    assert found.json()["attemptsUsed"] == 0
    assert await outcomes(client, paid) == ["granted", "storage_failed"]


async def test_while_products_are_told_anew_a_buyer_is_asked_to_come_again(
    service: Service, client: httpx.AsyncClient, paid: Order
) -> None:
    async with service.db.transaction() as tx:
        await tx.session.execute(delete(models.MirroredProduct))
    for path in ("/v1/downloads", "/v1/downloads/status"):
        answer = await client.post(path, json={"token": paid.token})
        assert (answer.status_code, answer.json()["type"]) == (503, "not-heard-yet")
    assert await told(service.db, DownloadAttempted) == []


@pytest.mark.parametrize("path", ["/v1/downloads", "/v1/downloads/status"])
async def test_an_unknown_token_opens_nothing(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.post(path, json={"token": "x" * 43})
    assert (answer.status_code, answer.json()["type"]) == (404, "download-unknown")


@pytest.mark.parametrize(
    "body", [{}, {"token": "short"}, {"token": 5}, {"token": "x" * 43, "more": 1}, {"token": "é" * 43}]
)
async def test_a_bad_token_is_named(client: httpx.AsyncClient, body: dict[str, Any]) -> None:
    for path in ("/v1/downloads", "/v1/downloads/status"):
        answer = await client.post(path, json=body)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == ("#/more" if "more" in body else "#/token")


@pytest.mark.parametrize("path", ["orders/x/events", "orders/x/download-attempts", "grants?orderId=x", "grants"])
async def test_a_bad_identifier_is_named(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(f"/v1/{path}", headers=sign_in(new_id()))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == "orderId"


def test_the_window_is_ten_minutes() -> None:
    assert models.WINDOW == WINDOW
