"""Pages, whole, on a real database: its gateway over ASGI, its handlers and jobs called as its roles do."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from chassis.clock import new_id
from chassis.db import Database
from chassis.lifecycle import Service
from chassis.testing import (
    TEST_KEYS,
    TEST_PASS_KEYS,
    SettableClock,
    TestDatabase,
    deliver,
    prepared_database,
    sign_in,
    until,
)
from contracts.catalog import CreatorRegistered, File, ProductPublished, ProductState
from contracts.checkout import StockChanged
from local_stack import Stack
from pages import page_cache
from pages.main import build
from pages.page_cache import PageCache
from pages.settings import PagesSettings

PUBLIC_URL = "https://pages.example"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def _kept_until_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is kept does not end by itself in a test: that it is forgotten is because its change was heard."""
    monkeypatch.setattr(page_cache, "FRESH_SECONDS", 3600)


@pytest.fixture(scope="session")
async def database(infrastructure: Stack) -> TestDatabase:
    return await prepared_database(infrastructure.admin_database_url, "pages")


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture
def settings(database: TestDatabase, infrastructure: Stack) -> PagesSettings:
    environment = infrastructure.environment("pages")
    return PagesSettings(
        database_url=database.app_url,
        amqp_url=infrastructure.endpoints["amqp"],
        redis_url=infrastructure.endpoints["redis"],
        public_url=PUBLIC_URL,
        jwks_url="http://127.0.0.1:1/unused",
        leads_jwks_url="http://127.0.0.1:1/unused",
        s3_endpoint_url=environment["S3_ENDPOINT_URL"],
        s3_bucket=environment["S3_BUCKET"],
        s3_access_key_id=environment["S3_ACCESS_KEY_ID"],
        s3_secret_access_key=environment["S3_SECRET_ACCESS_KEY"],
    )


@pytest.fixture
async def service(database: TestDatabase, settings: PagesSettings, clock: SettableClock) -> AsyncIterator[Service]:
    await database.empty()
    pages = build(settings, clock=clock, keys=TEST_KEYS, pass_keys=TEST_PASS_KEYS)
    async with pages.running():
        yield pages


@pytest.fixture
def db(service: Service) -> Database:
    return service.db


@pytest.fixture
def cache(service: Service) -> PageCache:
    ours: PageCache = service.state["cache"]
    return ours


@pytest.fixture
async def client(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    # Each test is a visitor of its own, so that none spends what another may do.
    address = ".".join(str(byte) for byte in new_id().bytes[-4:])
    transport = httpx.ASGITransport(service.app(), client=(address, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://pages") as visitor:
        yield visitor


class Seller:
    """A creator whose products and name were heard of, at work through the gateway."""

    def __init__(self, service: Service, client: httpx.AsyncClient) -> None:
        self.id = new_id()
        self.headers = sign_in(self.id)
        self._service = service
        self._client = client

    def now(self) -> datetime:
        return self._service.db.clock.now()

    def stranger(self) -> "Seller":
        """Another creator, at the same gateway."""
        return Seller(self._service, self._client)

    async def is_heard_of(self) -> None:
        now = self.now()
        await deliver(
            self._service, CreatorRegistered(id=self.id, version=1, name="Ada", created_at=now, updated_at=now)
        )

    async def sells(self, **changed: Any) -> ProductPublished:
        """A product of theirs, heard of."""
        product = self.product(**changed)
        await deliver(self._service, product)
        return product

    def product(self, **changed: Any) -> ProductPublished:
        now = self.now()
        state: dict[str, Any] = {
            "id": new_id(),
            "version": 1,
            "creator_id": self.id,
            "name": "Field Guide",
            "description": "All the birds.",
            "price_in_cents": 1900,
            "currency": "EUR",
            "created_at": now,
            "updated_at": now,
            "is_active": True,
            "attempts_allowed": 5,
            "access_days": 7,
            "file": File(
                id=new_id(),
                file_name="birds.pdf",
                file_type="application/pdf",
                storage_key="products/birds.pdf",
                file_size_bytes=2_400_000,
                uploaded_at=now,
                sha256="0" * 64,
            ),
        }
        return ProductPublished(**{**state, **changed})

    async def hears(self, kind: type[ProductState], product: ProductState, **changed: Any) -> None:
        """Pages hears what became of a product."""
        newer = {**product.model_dump(), "version": product.version + 1, **changed}
        await deliver(self._service, kind.model_validate(newer))

    async def has_left(self, page: dict[str, Any], remaining: int, *, version: int = 1, limit: int = 5) -> None:
        """Pages hears what checkout has left of a capped page."""
        stock = StockChanged(
            id=page["id"], version=version, quantity_limit=limit, remaining=remaining, sold=limit - remaining
        )
        await deliver(self._service, stock)

    async def send(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        content = {} if body is None else {"json": body}
        return await self._client.request(method, f"/v1/pages{path}", headers={**self.headers, **headers}, **content)

    async def wanted(self, **changed: Any) -> dict[str, Any]:
        """What a page that expires in a day is asked for with."""
        if "productIds" not in changed:
            changed["productIds"] = [str((await self.sells()).id)]
        return {"expiresAt": (self.now() + DAY).isoformat(), "timeZone": "Europe/Berlin", **changed}

    async def drafts(self, **changed: Any) -> dict[str, Any]:
        return _body(await self.send("POST", "", await self.wanted(**changed)), 201)

    async def publishes(self, **changed: Any) -> dict[str, Any]:
        """A page that is live, or opens at the `launchAt` that was asked for."""
        draft = await self.drafts(**changed)
        return _body(await self.send("POST", f"/{draft['id']}/publish"), 200)

    async def announces(self, **changed: Any) -> dict[str, Any]:
        """A page that opens in an hour."""
        return await self.publishes(launchAt=(self.now() + HOUR).isoformat(), **changed)

    async def changes(self, page: dict[str, Any], **changes: Any) -> httpx.Response:
        return await self.send("PATCH", f"/{page['id']}", changes, **{"If-Match": "*"})

    async def withdraws(self, page: dict[str, Any]) -> dict[str, Any]:
        return _body(await self.send("POST", f"/{page['id']}/withdraw"), 200)


class Visitor:
    """Anybody, with a browser or a program."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def json(self, page: dict[str, Any]) -> httpx.Response:
        return await self.client.get(f"/v1/public/pages/{page['shortId']}")

    async def html(self, page: dict[str, Any], **headers: str) -> httpx.Response:
        return await self.client.get(f"/p/{page['shortId']}", headers=headers)

    async def state(self, page: dict[str, Any]) -> str:
        """As both tell it: they never differ."""
        told, shown = await self.json(page), await self.html(page)
        assert told.status_code == 200, told.text
        state: str = told.json()["state"]
        assert f'data-state="{state}"' in shown.text
        assert shown.status_code == (410 if state == "expired" else 200)
        return state

    async def comes_to_see(self, page: dict[str, Any], state: str) -> None:
        async def seen() -> bool:
            answer = await self.json(page)
            return answer.is_success and answer.json()["state"] == state

        await until(seen)
        assert await self.state(page) == state

    async def comes_to_show(self, page: dict[str, Any], text: str) -> None:
        async def shown() -> bool:
            return text in (await self.html(page)).text

        await until(shown)

    async def comes_to_be_led(self, page: dict[str, Any], address: str | None) -> None:
        """To `address`, by the page's own; None: nowhere."""

        async def led() -> bool:
            return bool((await self.html(page)).headers.get("location") == address)

        await until(led)


def _body(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    body: dict[str, Any] = answer.json()
    return body


@pytest.fixture
async def seller(service: Service, client: httpx.AsyncClient) -> Seller:
    known = Seller(service, client)
    await known.is_heard_of()
    return known


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.fixture
def visitor(client: httpx.AsyncClient) -> Visitor:
    return Visitor(client)
