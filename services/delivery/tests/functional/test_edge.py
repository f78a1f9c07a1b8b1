"""What Cloudflare's edge is told of download links: hashes, an end, a refusal; never that one opens."""

import json
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import httpx
import pytest
from chassis.db import Database
from chassis.edge import CloudflareKV, write_owed
from chassis.keyring import token_hash
from chassis.lifecycle import Service
from chassis.testing import TEST_KEYS, SettableClock, deliver, sign_in
from cloudflare_sandbox.testing import RunningSandbox, running_sandbox
from contracts.checkout import OrderDisputed, OrderLinkReissued, OrderRefunded
from delivery.edge_entries import edge_entries
from delivery.main import build
from delivery.settings import DeliverySettings
from sqlalchemy import text

from .conftest import Order, ask


@pytest.fixture
async def cloudflare(clock: SettableClock) -> AsyncIterator[RunningSandbox]:
    async with running_sandbox(lambda: clock.now().timestamp()) as sandbox:
        yield sandbox


@pytest.fixture
def told_where(settings: DeliverySettings, cloudflare: RunningSandbox) -> DeliverySettings:
    return settings.model_copy(update={name.lower(): value for name, value in cloudflare.environment.items()})


@pytest.fixture
async def kv(told_where: DeliverySettings) -> AsyncIterator[CloudflareKV]:
    async with CloudflareKV(told_where) as namespace:
        yield namespace


class Told:
    """What the edge knows, once it was told all that it is owed."""

    def __init__(self, db: Database, kv: CloudflareKV, cloudflare: RunningSandbox) -> None:
        self._db, self._kv, self.cloudflare = db, kv, cloudflare

    async def of(self, token: str) -> Any:
        await write_owed(self._db, self._kv, edge_entries)
        value = self.cloudflare.value(key(token))
        return None if value is None else json.loads(value)


@pytest.fixture
def told(db: Database, kv: CloudflareKV, cloudflare: RunningSandbox) -> Told:
    return Told(db, kv, cloudflare)


def key(token: str) -> str:
    return f"token:{token_hash(token)}"


async def grant_id(client: httpx.AsyncClient, order: Order) -> str:
    answer = await client.get(f"/v1/grants?orderId={order.id}", headers=sign_in(order.creator_id))
    found: str = answer.json()["items"][0]["id"]
    return found


async def test_a_grant_is_told_until_it_ends(paid: Order, told: Told) -> None:
    facts = await told.of(paid.token)
    assert facts["refusal"] is None
    assert facts["afterwards"]["type"] == "download-expired"
    assert told.cloudflare.expiration(key(paid.token)) == int(datetime.fromisoformat(facts["expiresAt"]).timestamp())


async def test_the_token_itself_is_never_told(paid: Order, told: Told) -> None:
    assert paid.token not in json.dumps(await told.of(paid.token))


async def test_the_edge_refuses_a_refunded_link_in_the_origins_words(
    service: Service, client: httpx.AsyncClient, paid: Order, told: Told
) -> None:
    await deliver(service, paid.event(OrderRefunded, 3, access_revoked=True))
    refusal, origins = (await told.of(paid.token))["refusal"], (await ask(client, paid)).json()
    assert refusal["type"] == "download-refunded"
    assert refusal == {name: origins[name] for name in refusal}


async def test_a_disputed_link_is_refused_and_a_new_one_is_told_in_its_place(
    service: Service, paid: Order, told: Told
) -> None:
    await deliver(service, paid.event(OrderDisputed, 3))
    assert (await told.of(paid.token))["refusal"]["type"] == "download-suspended"
    former, paid.token = paid.token, "another" * 8
    await deliver(service, paid.reissued(OrderLinkReissued, 4, generation=2))
    assert await told.of(paid.token) is not None
    assert await told.of(former) is None, "the origin knows what became of it"


async def test_a_link_that_its_creator_takes_back_and_gives_again(
    client: httpx.AsyncClient, paid: Order, told: Told
) -> None:
    grant, headers = await grant_id(client, paid), sign_in(paid.creator_id)
    assert (await client.post(f"/v1/grants/{grant}/revoke", headers=headers)).is_success
    assert (await told.of(paid.token))["refusal"]["type"] == "download-revoked"
    assert (await client.post(f"/v1/grants/{grant}/restore", headers=headers)).is_success
    assert (await told.of(paid.token))["refusal"] is None


async def test_a_download_is_nothing_to_tell_of(
    client: httpx.AsyncClient, db: Database, paid: Order, told: Told
) -> None:
    await told.of(paid.token)
    assert (await ask(client, paid)).status_code == 200
    async with db.reading() as session:
        assert await session.scalar(text("SELECT count(*) FROM edge_writes")) == 0


async def test_only_a_service_that_is_told_where_tells_the_edge(service: Service, told_where: DeliverySettings) -> None:
    assert "write-edge" not in {job.name for job in service.jobs}
    assert "write-edge" in {job.name for job in build(told_where, keys=TEST_KEYS).jobs}
