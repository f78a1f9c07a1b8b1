"""Delivery, whole, on a real database and a real object store; its handlers called as its consumer does."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import aioboto3
import httpx
import pytest
from chassis.clock import new_id
from chassis.db import Database
from chassis.keyring import token_hash
from chassis.lifecycle import Service
from chassis.testing import TEST_KEYS, SettableClock, TestDatabase, deliver, prepared_database
from contracts.catalog import File, ProductPublished, ProductState
from contracts.checkout import OrderPaid, OrderPlaced, OrderState, OrderStatus
from delivery.main import build
from delivery.settings import DeliverySettings
from local_stack import Stack

CONTENT = b"PK\x03\x04 the file"


@pytest.fixture(scope="session")
async def database(infrastructure: Stack) -> TestDatabase:
    return await prepared_database(infrastructure.admin_database_url, "delivery")


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture
def settings(database: TestDatabase, infrastructure: Stack, monkeypatch: pytest.MonkeyPatch) -> DeliverySettings:
    for name, value in infrastructure.environment("delivery").items():
        monkeypatch.setenv(name, value)
    return DeliverySettings(database_url=database.app_url, retention_database_url=database.retention_url)


@pytest.fixture
async def service(database: TestDatabase, settings: DeliverySettings, clock: SettableClock) -> AsyncIterator[Service]:
    await database.empty()
    delivery = build(settings, clock=clock, keys=TEST_KEYS)
    async with delivery.running():
        yield delivery


@pytest.fixture
def db(service: Service) -> Database:
    return service.db


Visit = Callable[[str], httpx.AsyncClient]


@pytest.fixture
async def visit(service: Service) -> AsyncIterator[Visit]:
    """A browser at the given address."""
    app = service.app()
    async with AsyncExitStack() as stack:
        visitors: list[httpx.AsyncClient] = []

        def at(address: str) -> httpx.AsyncClient:
            transport = httpx.ASGITransport(app, client=(address, 1))
            visitors.append(httpx.AsyncClient(transport=transport, base_url="http://delivery"))
            stack.push_async_callback(visitors[-1].aclose)
            return visitors[-1]

        yield at


@pytest.fixture
def client(visit: Visit) -> httpx.AsyncClient:
    # Each test is a visitor of its own, so that none spends what another may do.
    return visit(".".join(str(byte) for byte in new_id().bytes[-4:]))


async def stored(settings: DeliverySettings, key: str, name: str, content: bytes) -> File:
    """A file that lies in the store under `key`."""
    session = aioboto3.Session(settings.s3_access_key_id, settings.s3_secret_access_key, region_name="auto")
    async with session.client("s3", endpoint_url=settings.s3_endpoint_url) as s3:
        await s3.put_object(Bucket=settings.s3_bucket, Key=key, Body=content)
    return File(
        id=new_id(),
        file_name=name,
        file_type="application/zip",
        storage_key=key,
        file_size_bytes=len(content),
        uploaded_at=datetime.now(UTC),
        sha256="0" * 64,
    )


@pytest.fixture
async def product(service: Service, settings: DeliverySettings, clock: SettableClock) -> ProductPublished:
    """A published product whose file lies in the store: two attempts within seven days."""
    creator, product = new_id(), new_id()
    name = "Käse & Brot.zip"
    published = ProductPublished(
        id=product,
        version=1,
        creator_id=creator,
        name="Field Guide",
        description="",
        price_in_cents=1900,
        currency="EUR",
        created_at=clock.now(),
        updated_at=clock.now(),
        is_active=True,
        attempts_allowed=2,
        access_days=7,
        file=await stored(settings, f"products/{creator}/{product}/original/{name}", name, CONTENT),
    )
    await deliver(service, published)
    return published


def changed(product: ProductState, kind: type[ProductState], **fields: Any) -> ProductState:
    """What catalog tells when the product becomes something else."""
    state = {name: getattr(product, name) for name in ProductState.model_fields}
    return kind(**{**state, "version": product.version + 1, **fields})


class Order:
    """One order's events, as checkout tells them; `token` is what the buyer was given."""

    def __init__(self, product: ProductPublished, clock: SettableClock) -> None:
        self.id = new_id()
        self.token = new_id().hex + new_id().hex
        self._product = product
        self._clock = clock

    @property
    def creator_id(self) -> UUID:
        return self._product.creator_id

    def event(self, kind: type[OrderState], version: int, **changed: Any) -> OrderState:
        state: dict[str, Any] = {
            "id": self.id,
            "version": version,
            "sales_page_id": new_id(),
            "product_id": self._product.id,
            "creator_id": self._product.creator_id,
            "customer_id": new_id(),
            "payment_id": "pi_1",
            "price_in_cents": 1900,
            "amount_paid": 1900,
            "amount_refunded": 0,
            "currency": "EUR",
            "status": OrderStatus.COMPLETED,
            "created_at": self._clock.now(),
            "paid_at": self._clock.now(),
        }
        return kind(**{**state, **changed})

    def placed(self) -> OrderState:
        return self.event(OrderPlaced, 1, status=OrderStatus.PROCESSING, amount_paid=0, paid_at=None)

    def paid(self, **changed: Any) -> OrderState:
        return self.event(OrderPaid, 2, token_hash=token_hash(self.token), link_generation=1, **changed)

    def reissued(self, kind: type[OrderState], version: int, *, generation: int) -> OrderState:
        """`token` is the new one."""
        return self.event(kind, version, token_hash=token_hash(self.token), link_generation=generation)


@pytest.fixture
def new_order(product: ProductPublished, clock: SettableClock) -> Callable[[], Order]:
    return lambda: Order(product, clock)


@pytest.fixture
def order(new_order: Callable[[], Order]) -> Order:
    return new_order()


@pytest.fixture
async def paid(service: Service, order: Order) -> Order:
    """An order that was paid, and is granted."""
    await deliver(service, order.paid())
    return order


async def ask(client: httpx.AsyncClient, order: Order) -> httpx.Response:
    return await client.post("/v1/downloads", json={"token": order.token})


WINDOW = timedelta(minutes=10)
