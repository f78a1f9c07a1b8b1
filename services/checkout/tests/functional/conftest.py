"""One database and one connected account a session, emptied before each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from chassis.lifecycle import Service
from chassis.testing import PATIENCE, TEST_KEYS, TEST_PASS_KEYS, SettableClock, TestDatabase, prepared_database
from checkout.main import build
from checkout.settings import CheckoutSettings
from local_stack import Stack

from .live import LiveShop, connected_account, live_shop
from .shop import Shop


def pytest_configure(config: pytest.Config) -> None:
    """Stripe's SDK hands httpx its form in a way that httpx has deprecated."""
    config.addinivalue_line("filterwarnings", "ignore:Use 'content=:DeprecationWarning")


@pytest.fixture(scope="session")
async def database(infrastructure: Stack) -> TestDatabase:
    return await prepared_database(infrastructure.admin_database_url, "checkout")


@pytest.fixture(scope="session")
async def stripe(infrastructure: Stack) -> AsyncIterator[httpx.AsyncClient]:
    """The sandbox, with the platform's key."""
    key = infrastructure.environment("checkout")["STRIPE_SECRET_KEY"]
    headers = {"Authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(
        base_url=infrastructure.endpoints["stripe"], headers=headers, timeout=PATIENCE
    ) as client:
        yield client


@pytest.fixture(scope="session")
async def account(stripe: httpx.AsyncClient) -> str:
    """A connected account that can take payments."""
    return await connected_account(stripe)


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture
def settings(infrastructure: Stack, database: TestDatabase, monkeypatch: pytest.MonkeyPatch) -> CheckoutSettings:
    for name, value in infrastructure.environment("checkout").items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("CHECKOUT_DATABASE_URL", database.app_url)
    current = infrastructure.environment("checkout")["STRIPE_WEBHOOK_SECRETS"]
    monkeypatch.setenv("STRIPE_WEBHOOK_SECRETS", f"{current}, whsec_second")
    return CheckoutSettings()


@pytest.fixture
async def service(settings: CheckoutSettings, clock: SettableClock, database: TestDatabase) -> AsyncIterator[Service]:
    await database.empty()
    built = build(settings, clock=clock, keys=TEST_KEYS, pass_keys=TEST_PASS_KEYS)
    async with built.running():
        await built.redis.flushdb()
        yield built


@pytest.fixture
async def shop(service: Service, stripe: httpx.AsyncClient, account: str, clock: SettableClock) -> AsyncIterator[Shop]:
    transport = httpx.ASGITransport(app=service.app(), raise_app_exceptions=False)
    settings = service.settings
    assert isinstance(settings, CheckoutSettings)
    async with httpx.AsyncClient(transport=transport, base_url="http://checkout") as client:
        yield Shop(service, client, stripe, settings.webhook_secrets()[0], clock, account)
        await stripe.delete("/sandbox/control/faults")


@pytest.fixture
async def live(
    settings: CheckoutSettings, clock: SettableClock, database: TestDatabase, tmp_path: Path
) -> AsyncIterator[LiveShop]:
    await database.empty()
    async with live_shop(settings, clock, tmp_path) as shop:
        yield shop
