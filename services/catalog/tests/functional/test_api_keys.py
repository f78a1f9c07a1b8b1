"""API keys: made by who has verified their address, shown once, ended for ever."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from catalog.use_cases.keep_api_key import MOST_KEYS
from chassis.keyring import token_hash
from chassis.lifecycle import Service
from chassis.testing import SettableClock, deliver, told
from contracts import pages
from contracts.catalog import ApiKeyIssued, ApiKeyRevoked
from sqlalchemy import text

from .actors import PASSWORD, Browser, signed_in, verified

WANTED = {"name": "Nightly export", "scopes": ["products:read", "orders:read"]}


@pytest.fixture
async def maker(service: Service, creator: Browser) -> Browser:
    """Verified."""
    return await verified(service, creator)


async def a_key(maker: Browser, **fields: Any) -> dict[str, Any]:
    answer = await maker.ask("POST", "/v1/api-keys", {**WANTED, **fields})
    assert answer.status_code == 201, answer.text
    key: dict[str, Any] = answer.json()
    return key


def bearer(browser: Browser, key: dict[str, Any]) -> Browser:
    return Browser(browser.http, {"Authorization": f"Bearer {key['key']}"})


async def test_a_key_is_told_by_its_hash_and_works_at_once_here(service: Service, maker: Browser) -> None:
    key = await a_key(maker)
    [event] = await told(service.db, ApiKeyIssued)
    assert (str(event.id), event.key_hash) == (key["id"], token_hash(key["key"]))
    assert event.scopes == ["orders:read", "products:read"]
    assert key["key"] not in event.model_dump_json()
    assert "Nightly" not in event.model_dump_json()
    program = bearer(maker, key)
    assert (await program.ask("GET", "/v1/products")).status_code == 200
    assert (await program.ask("POST", "/v1/products", {})).json()["type"] == "insufficient-scope"
    async with service.db.reading() as session:
        kept = (await session.execute(text("SELECT k::text FROM issued_api_keys k"))).scalars().all()
    assert key["key"] not in "".join(kept)


async def test_a_key_is_shown_once_and_listed_with_the_day_it_was_last_used(
    service: Service, maker: Browser, clock: SettableClock
) -> None:
    key = await a_key(maker)
    [listed] = (await maker.ask("GET", "/v1/api-keys")).json()["items"]
    assert "key" not in listed
    assert (listed["name"], listed["lastUsedOn"], listed["revokedAt"]) == ("Nightly export", None, None)
    await bearer(maker, key).ask("GET", "/v1/products")
    today = clock.now().date()
    [listed] = (await maker.ask("GET", "/v1/api-keys")).json()["items"]
    assert listed["lastUsedOn"] == today.isoformat()
    [issued] = await told(service.db, ApiKeyIssued)
    for day in (today + timedelta(days=1), today - timedelta(days=1)):
        used = pages.ApiKeyUsedAtPages(id=issued.id, version=day.toordinal(), creator_id=issued.creator_id, used_on=day)
        await deliver(service, used)
    [listed] = (await maker.ask("GET", "/v1/api-keys")).json()["items"]
    assert listed["lastUsedOn"] == (today + timedelta(days=1)).isoformat()


async def test_a_revoked_key_opens_nothing_and_its_end_is_told_once(service: Service, maker: Browser) -> None:
    key = await a_key(maker)
    for _ in range(2):
        assert (await maker.ask("DELETE", f"/v1/api-keys/{key['id']}")).status_code == 204
    assert (await bearer(maker, key).ask("GET", "/v1/products")).status_code == 401
    [event] = await told(service.db, ApiKeyRevoked)
    assert (str(event.id), event.version, event.revoked_at is not None) == (key["id"], 2, True)
    async with service.db.reading() as session:
        kinds = (await session.execute(text("SELECT kind FROM security_log ORDER BY at, id"))).scalars().all()
    assert [kind for kind in kinds if kind.startswith("api-key")] == ["api-key-issued", "api-key-revoked"]


async def test_no_key_manages_the_account_it_is_of(maker: Browser) -> None:
    every = ["account:read", "products:read", "products:write", "orders:write", "customers:write"]
    program = bearer(maker, await a_key(maker, scopes=every))
    assert (await program.ask("GET", "/v1/creators/me")).status_code == 200
    routes = [
        ("POST", "/v1/api-keys"),
        ("GET", "/v1/api-keys"),
        ("DELETE", "/v1/creators/me"),
        ("PATCH", "/v1/creators/me"),
        ("GET", "/v1/creators/me/export"),
        ("POST", "/v1/creators/me/password"),
        ("POST", "/v1/creators/me/email"),
        ("DELETE", "/v1/creators/me/sessions"),
        ("POST", "/v1/creators/me/stripe-account"),
    ]
    for method, path in routes:
        answer = await program.ask(method, path, {"password": PASSWORD})
        assert (answer.status_code, answer.json()["type"]) == (403, "not-for-api-keys"), path


async def test_who_has_not_verified_their_address_makes_no_key(creator: Browser) -> None:
    refused = await creator.ask("POST", "/v1/api-keys", WANTED)
    assert (refused.status_code, refused.json()["type"]) == (403, "email-not-verified")


async def test_a_key_asked_for_twice_under_one_idempotency_key_is_made_once(service: Service, maker: Browser) -> None:
    first = await maker.ask("POST", "/v1/api-keys", WANTED, Idempotency_Key="once")
    again = await maker.ask("POST", "/v1/api-keys", WANTED, Idempotency_Key="once")
    assert (first.status_code, again.status_code) == (201, 201)
    assert (again.json()["id"], again.json()["key"]) == (first.json()["id"], None)
    async with service.db.reading() as session:
        kept = (await session.execute(text("SELECT k::text FROM idempotency_keys k"))).scalars().all()
    assert first.json()["key"] not in "".join(kept)


@pytest.mark.parametrize(
    ("field", "value", "pointer"),
    [
        ("scopes", [], "#/scopes"),
        ("scopes", ["everything:write"], "#/scopes/0"),
        ("name", "", "#/name"),
        ("expiresAt", "2020-01-01T00:00:00Z", "#/expiresAt"),
    ],
)
async def test_a_key_that_cannot_be_made_names_its_field(
    maker: Browser, field: str, value: object, pointer: str
) -> None:
    answer = await maker.ask("POST", "/v1/api-keys", {**WANTED, field: value})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_there_are_not_more_keys_in_force_than_anybody_needs(maker: Browser) -> None:
    keys = [await a_key(maker) for _ in range(MOST_KEYS)]
    assert (await maker.ask("POST", "/v1/api-keys", WANTED)).json()["type"] == "too-many-api-keys"
    await maker.ask("DELETE", f"/v1/api-keys/{keys[0]['id']}")
    await a_key(maker)


async def test_another_creators_key_is_not_there(maker: Browser, visit: Callable[[], Browser]) -> None:
    key = await a_key(maker)
    other = await signed_in(visit(), "charles@example.com")
    assert (await other.ask("DELETE", f"/v1/api-keys/{key['id']}")).status_code == 404
    assert (await other.ask("GET", "/v1/api-keys")).json()["items"] == []


async def test_an_erased_creators_keys_die_and_their_names_are_gone(service: Service, maker: Browser) -> None:
    key = await a_key(maker)
    assert (await maker.ask("DELETE", "/v1/creators/me", {"password": PASSWORD})).status_code == 204
    assert [str(event.id) for event in await told(service.db, ApiKeyRevoked)] == [key["id"]]
    assert (await bearer(maker, key).ask("GET", "/v1/products")).status_code == 401
    async with service.db.reading() as session:
        assert await session.scalar(text("SELECT count(*) FROM issued_api_keys")) == 0
