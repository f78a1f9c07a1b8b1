"""API keys at a gateway: whom they let in, to what, until when."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID

import httpx
import pytest
from chassis.api import ResponseModel
from chassis.api_keys import PREFIX, keep_key, new_key
from chassis.auth import SignedIn
from chassis.clock import new_id
from chassis.db import Database
from chassis.gateway import create_app
from chassis.keyring import token_hash
from chassis.scopes import ReadsOrders, Scope, WritesOrders
from chassis.testing import TEST_KEYS, SettableClock, sign_in, told
from contracts.api_keys import ApiKeyUse
from fastapi import APIRouter


class ExampleKeyUsed(ApiKeyUse):
    key: ClassVar[str] = "example.api-key.used.v1"


@dataclass(frozen=True)
class AKey:
    """What is told of a key, and the key itself."""

    id: UUID = field(default_factory=new_id)
    creator_id: UUID = field(default_factory=new_id)
    scopes: tuple[str, ...] = (Scope.ORDERS_READ,)
    version: int = 1
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    secret: str = ""

    @property
    def key_hash(self) -> str:
        return token_hash(self.secret)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secret}"}


async def known(db: Database, key: AKey) -> AKey:
    """Heard of, as it is."""
    whole = key if key.secret else replace(key, secret=new_key(key.id))
    async with db.transaction() as tx:
        await keep_key(tx.session, whole)
    return whole


class Whose(ResponseModel):
    id: UUID


def routes() -> APIRouter:
    router = APIRouter()

    @router.get("/orders")
    async def orders(who: ReadsOrders) -> Whose:
        return Whose(id=who.creator_id)

    @router.post("/orders")
    async def order(who: WritesOrders) -> Whose:
        return Whose(id=who.creator_id)

    @router.delete("/me")
    async def leave(who: SignedIn) -> Whose:
        return Whose(id=who.creator_id)

    return router


@pytest.fixture
async def client(db: Database) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app("example", "1", [routes()], {}, dict)
    app.state.db, app.state.keys, app.state.key_used = db, TEST_KEYS, ExampleKeyUsed
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as opened:
        yield opened


async def test_a_key_does_what_its_scopes_name_and_nothing_else(client: httpx.AsyncClient, db: Database) -> None:
    key = await known(db, AKey())
    let_in = await client.get("/orders", headers=key.headers)
    assert (let_in.status_code, let_in.json()) == (200, {"id": str(key.creator_id)})
    lacking = await client.post("/orders", headers=key.headers)
    assert (lacking.status_code, lacking.json()["type"]) == (403, "insufficient-scope")
    assert lacking.headers["www-authenticate"] == 'Bearer error="insufficient_scope", scope="orders:write"'
    every = await known(db, AKey(scopes=tuple(Scope)))
    denied = await client.delete("/me", headers=every.headers)
    assert (denied.status_code, denied.json()["type"]) == (403, "not-for-api-keys")


async def test_who_signed_in_may_do_everything(client: httpx.AsyncClient) -> None:
    creator = sign_in(new_id())
    answers = [await client.request(*asked, headers=creator) for asked in (("POST", "/orders"), ("DELETE", "/me"))]
    assert [answer.status_code for answer in answers] == [200, 200]


async def test_a_key_ends_at_its_instant_and_as_soon_as_its_revocation_is_heard(
    client: httpx.AsyncClient, db: Database, clock: SettableClock
) -> None:
    ending = await known(db, AKey(expires_at=clock.now() + timedelta(hours=1)))
    lasting = await known(db, AKey())
    await known(db, replace(lasting, version=2, revoked_at=clock.now()))
    await known(db, replace(lasting, version=1))
    assert (await client.get("/orders", headers=lasting.headers)).status_code == 401
    assert (await client.get("/orders", headers=ending.headers)).status_code == 200
    clock.set(ending.expires_at or clock.now())
    assert (await client.get("/orders", headers=ending.headers)).status_code == 401


async def test_a_key_made_a_moment_ago_is_asked_to_come_again_and_any_other_is_not_known(
    client: httpx.AsyncClient, db: Database, clock: SettableClock
) -> None:
    fresh = AKey(secret=new_key(new_id()))
    early = await client.get("/orders", headers=fresh.headers)
    assert (early.status_code, early.json()["type"], early.headers["retry-after"]) == (503, "not-heard-yet", "1")
    clock.advance(timedelta(minutes=1))
    assert (await client.get("/orders", headers=fresh.headers)).status_code == 401
    of_no_time = new_key(UUID("ffffffff-ffff-7fff-bfff-ffffffffffff")).removeprefix(PREFIX)
    for nothing in ("", "x", "ß", "=" * 64, "a" * 63, "a" * 64, "_" * 64, of_no_time):
        answer = await client.get("/orders", headers={b"Authorization": f"Bearer {PREFIX}{nothing}".encode()})
        assert (answer.status_code, answer.json()["type"]) == (401, "unauthorized")


async def test_the_use_of_a_key_is_told_once_a_day(
    client: httpx.AsyncClient, db: Database, clock: SettableClock
) -> None:
    key = await known(db, AKey())
    clock.hold(clock.now())
    for _ in range(2):
        await client.get("/orders", headers=key.headers)
    await client.post("/orders", headers=key.headers)
    clock.hold(clock.now() + timedelta(days=1))
    await client.get("/orders", headers=key.headers)
    days = [event.used_on for event in await told(db, ExampleKeyUsed)]
    assert days == [clock.now().date() - timedelta(days=1), clock.now().date()]


async def test_a_document_names_the_scope_of_each_route(client: httpx.AsyncClient) -> None:
    paths = (await client.get("/openapi.json")).json()["paths"]
    named = [paths[path][method]["security"] for path, method in (("/orders", "get"), ("/me", "delete"))]
    assert named == [[{"HTTPBearer": ["orders:read"]}], [{"HTTPBearer": []}]]
    assert "403" in paths["/me"]["delete"]["responses"]
