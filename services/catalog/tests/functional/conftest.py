"""Catalog over ASGI with a real database, cache and object store; Stripe's accounts are played by a fake."""

import json
from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from catalog.jobs import jobs
from catalog.main import build
from catalog.settings import CatalogSettings
from chassis import api
from chassis.auth import ALGORITHM
from chassis.lifecycle import Service
from chassis.testing import SettableClock, TestDatabase, prepared_database
from joserfc.jwk import OKPKey
from local_stack import Stack

from .actors import Browser, FakeAccounts, signed_in

CONNECT_SECRETS = "whsec_new, whsec_old"


@pytest.fixture(scope="session")
async def catalog_database(infrastructure: Stack) -> TestDatabase:
    return await prepared_database(infrastructure.admin_database_url, "catalog")


@pytest.fixture(autouse=True)
def no_floor(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time of an answer has a test of its own."""
    monkeypatch.setattr(api, "FLOOR_SECONDS", 0)


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture
def settings(infrastructure: Stack, catalog_database: TestDatabase, monkeypatch: pytest.MonkeyPatch) -> CatalogSettings:
    for name, value in infrastructure.environment("catalog").items():
        monkeypatch.setenv(name, value)
    key = OKPKey.generate_key("Ed25519", {"kid": "k1", "use": "sig", "alg": ALGORITHM})
    return CatalogSettings(
        database_url=catalog_database.app_url,
        stripe_connect_webhook_secrets=CONNECT_SECRETS,
        signing_keys=json.dumps({"keys": [key.as_dict(private=True)]}),
    )


async def forget_throttles(service: Service) -> None:
    """Every test begins with none of its tries spent."""
    async for key in service.redis.scan_iter("limit:*"):
        await service.redis.delete(key)


@pytest.fixture
async def service(
    settings: CatalogSettings, catalog_database: TestDatabase, clock: SettableClock, accounts: FakeAccounts
) -> AsyncIterator[Service]:
    await catalog_database.empty()
    built = build(settings, clock=clock)
    built.state = {**built.state, "accounts": accounts}
    built.jobs = jobs(built.state["objects"], accounts)
    async with built.running():
        await forget_throttles(built)
        yield built


@pytest.fixture
def accounts() -> FakeAccounts:
    return FakeAccounts()


@pytest.fixture
async def visit(service: Service) -> AsyncIterator[Callable[[], Browser]]:
    """A new visitor at each call."""
    app = service.app()
    clients: list[httpx.AsyncClient] = []

    def arrive() -> Browser:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        clients.append(httpx.AsyncClient(transport=transport, base_url="https://catalog.test"))
        return Browser(clients[-1])

    yield arrive
    for client in clients:
        await client.aclose()


@pytest.fixture
def visitor(visit: Callable[[], Browser]) -> Browser:
    return visit()


@pytest.fixture
async def creator(visit: Callable[[], Browser]) -> Browser:
    """Registered and signed in."""
    return await signed_in(visit(), "ada@example.com")
