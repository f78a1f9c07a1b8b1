"""What the download gateway must hold, whatever else it does."""

import asyncio
import hmac
import logging
from collections.abc import Callable

import asyncpg
import pytest
from chassis.keyring import KeyRing, token_hash
from chassis.lifecycle import Service
from chassis.testing import TestDatabase, deliver, sign_in
from contracts.catalog import AddressBinding, ProductPublished, ProductUpdated
from contracts.checkout import OrderDisputed, OrderStatus
from delivery.ports import DOWNLOAD_SECONDS
from httpx import AsyncClient

from .conftest import Order, ask, changed

KEYS = KeyRing.parse("k1:" + "A" * 43)


def test_a_token_has_256_bits() -> None:
    token = KEYS.derive("download-token", "order", "1")
    assert len(token) == 43, "32 bytes in base64url"


async def everything_in(database: TestDatabase) -> str:
    """All rows of all tables, as text."""
    connection = await asyncpg.connect(database.owner_url)
    tables = await connection.fetch("SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public'")
    rows = [row[0] for table in tables for row in await connection.fetch(f"SELECT t::text FROM {table['name']} AS t")]
    await connection.close()
    return "\n".join(rows)


async def test_a_token_is_kept_nowhere_but_as_its_hash_and_never_logged(
    client: AsyncClient, paid: Order, database: TestDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await ask(client, paid)
    await client.post("/v1/downloads/status", json={"token": paid.token})
    await client.post("/v1/downloads", json={"token": paid.token, "more": 1})
    kept = await everything_in(database)
    assert token_hash(paid.token) in kept
    assert paid.token not in kept
    assert paid.token not in caplog.text


@pytest.mark.parametrize("path", ["/d/{}", "/d?token={}", "/v1/downloads/{}", "/v1/downloads?token={}"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
async def test_a_token_in_an_address_opens_nothing(
    client: AsyncClient, paid: Order, database: TestDatabase, method: str, path: str
) -> None:
    answer = await client.request(method, path.format(paid.token))
    assert answer.status_code in {200, 404, 405, 422}
    assert "X-Amz" not in answer.text
    connection = await asyncpg.connect(database.owner_url)
    assert await connection.fetchval("SELECT count(*) FROM download_attempts") == 0
    await connection.close()


async def test_secrets_are_compared_in_constant_time(
    service: Service, client: AsyncClient, product: ProductPublished, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The token is found by its hash, whose bytes a guesser cannot choose; the mark of a bound link is compared."""
    compared: list[tuple[str, str]] = []

    def spy(one: str, other: str) -> bool:
        compared.append((one, other))
        return hmac.compare_digest(one, other)

    monkeypatch.setattr("delivery.models.grants.compare_digest", spy)
    await deliver(service, changed(product, ProductUpdated, address_binding=AddressBinding.ADDRESS))
    await deliver(service, order.paid())
    await ask(client, order)
    await client.post("/v1/downloads/status", json={"token": order.token})
    assert [len(one) == len(other) == 64 for one, other in compared] == [True]


async def test_a_signed_address_lives_a_minute_and_only_for_its_object(client: AsyncClient, paid: Order) -> None:
    link = (await ask(client, paid)).json()
    assert DOWNLOAD_SECONDS == link["expiresIn"] == 60
    assert "X-Amz-Expires=60&" in link["url"] + "&"


async def test_entitlement_is_read_on_every_click_within_the_window_too(
    service: Service, client: AsyncClient, paid: Order
) -> None:
    assert (await ask(client, paid)).status_code == 200
    await deliver(service, paid.event(OrderDisputed, 3, status=OrderStatus.DISPUTED))
    assert (await ask(client, paid)).json()["type"] == "download-suspended"


async def test_guesses_are_throttled_by_address(client: AsyncClient) -> None:
    answers = await asyncio.gather(
        *(client.post("/v1/downloads", json={"token": f"{guess:043d}"}) for guess in range(61))
    )
    assert sorted(answer.status_code for answer in answers) == [404] * 60 + [429]
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert refused.headers["retry-after"]


async def test_the_page_says_nothing_to_who_frames_it_and_runs_only_our_scripts(client: AsyncClient) -> None:
    page = await client.get("/d")
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-inline" not in policy
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["x-content-type-options"] == "nosniff"


async def test_what_creators_are_shown_is_never_cached_and_bears_no_address(
    client: AsyncClient, paid: Order, new_order: Callable[[], Order]
) -> None:
    await ask(client, paid)
    for path in ("events", "download-attempts"):
        answer = await client.get(f"/v1/orders/{paid.id}/{path}", headers=sign_in(paid.creator_id))
        assert answer.headers["cache-control"] == "no-store"
        assert "address" not in answer.text
