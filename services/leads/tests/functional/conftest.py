"""Leads, whole, on a real database: its gateway over ASGI, its handlers and jobs called as its roles do."""

import base64
import re
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from chassis import api
from chassis.auth import Keys
from chassis.clock import new_id
from chassis.db import Database
from chassis.lifecycle import Service
from chassis.mail import OutgoingMail
from chassis.passes import Pass, Passes
from chassis.signing import generated
from chassis.testing import TEST_KEYS, SettableClock, TestDatabase, deliver, owed_mails, prepared_database
from contracts.catalog import CreatorRegistered
from contracts.checkout import OrderPaid, OrderStatus, StockChanged
from contracts.pages import FieldType, FormField, PagePublished, PageStatus
from leads.links import Links
from leads.main import build
from leads.models import Registration
from leads.settings import LeadsSettings
from local_stack import Stack
from sqlalchemy import select
from sqlmodel import col

PUBLIC_URL = "https://pages.example"
SIGNING_KEYS = generated("leads-1")
FORM = [
    FormField(name="size", label="Size", type=FieldType.SELECT, required=True, options=["S", "M"]),
    FormField(name="age", label="Age", type=FieldType.NUMBER),
]


@pytest.fixture(scope="session")
async def database(infrastructure: Stack) -> TestDatabase:
    return await prepared_database(infrastructure.admin_database_url, "leads")


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture
async def service(
    database: TestDatabase, infrastructure: Stack, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Service]:
    monkeypatch.setattr(api, "FLOOR_SECONDS", 0)
    await database.empty()
    settings = LeadsSettings(
        database_url=database.app_url,
        amqp_url=infrastructure.endpoints["amqp"],
        redis_url=infrastructure.endpoints["redis"],
        public_url=PUBLIC_URL,
        jwks_url="http://127.0.0.1:1/unused",
        link_keys="test:" + base64.urlsafe_b64encode(b"k" * 32).decode(),
        signing_keys=SIGNING_KEYS,
    )
    leads = build(settings, clock=clock, keys=TEST_KEYS)
    async with leads.running():
        yield leads


@pytest.fixture
def db(service: Service) -> Database:
    return service.db


@pytest.fixture
def links(service: Service) -> Links:
    ours: Links = service.state["links"]
    return ours


@pytest.fixture
async def client(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    # Each test is a visitor of its own, so that none spends what another may do.
    address = ".".join(str(byte) for byte in new_id().bytes[-4:])
    transport = httpx.ASGITransport(service.app(), client=(address, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://leads") as visitor:
        yield visitor


def page_published(clock: SettableClock, **changed: Any) -> PagePublished:
    """A page of `Ada` that launches in an hour and expires a day later."""
    now = clock.now()
    product = new_id()
    state: dict[str, Any] = {
        "id": new_id(),
        "version": 1,
        "short_id": new_id().hex[-12:],
        "creator_id": new_id(),
        "product_id": product,
        "product_ids": [product],
        "status": PageStatus.PUBLISHED,
        "created_at": now,
        "updated_at": now,
        "launch_at": now + timedelta(hours=1),
        "expires_at": now + timedelta(days=1),
        "time_zone": "Europe/Berlin",
        "is_pre_launch": True,
        "customization": {"title": "The Book", "accent": "#336699"},
        "registration_form": FORM,
    }
    return PagePublished(**{**state, **changed})


async def heard(service: Service, published: PagePublished) -> PagePublished:
    """`published`, which leads has heard of, as of its creator."""
    await deliver(service, published)
    now = service.db.clock.now()
    creator = CreatorRegistered(id=published.creator_id, version=1, name="Ada", created_at=now, updated_at=now)
    await deliver(service, creator)
    return published


@pytest.fixture
async def page(service: Service, clock: SettableClock) -> PagePublished:
    """A published page before its launch, of a creator leads has heard of."""
    return await heard(service, page_published(clock))


@dataclass
class Registrant:
    """Registers through the gateway; `found` is the row that came of it."""

    client: httpx.AsyncClient
    db: Database
    links: Links

    async def register(self, page: PagePublished, email: str = "grace@example.com", **body: Any) -> httpx.Response:
        sent = {"email": email, "name": "Grace", "customFields": {"size": "M"}, **body}
        return await self.client.post(f"/v1/public/pages/{page.short_id}/registrations", json=sent)

    async def confirm(self, registration_id: UUID) -> httpx.Response:
        token = self.links.token("confirm-registration", registration_id)
        return await self.client.post("/v1/registrations/confirm", json={"token": token})

    async def delete(self, registration_id: UUID) -> httpx.Response:
        token = self.links.token("delete-registration", registration_id)
        return await self.client.post("/v1/registrations/delete", json={"token": token})

    async def found(self) -> list[Registration]:
        async with self.db.reading() as session:
            return list((await session.execute(select(Registration).order_by(col(Registration.id)))).scalars())

    async def confirmed(self, page: PagePublished, email: str = "grace@example.com") -> Registration:
        """A registration that was made and confirmed."""
        assert (await self.register(page, email)).status_code == 202
        registration = next(row for row in await self.found() if row.email == email)
        assert (await self.confirm(registration.id)).status_code == 200
        return registration


@pytest.fixture
def registrant(client: httpx.AsyncClient, db: Database, links: Links) -> Registrant:
    return Registrant(client, db, links)


async def composed(service: Service, kind: str, about: UUID) -> OutgoingMail | None:
    """The mail as the mailer would send it."""
    async with service.db.reading() as session:
        return await service.mails[kind](session, about)


async def crowd(db: Database, page: PagePublished, size: int, **changed: Any) -> list[UUID]:
    """`size` registrants who confirmed, in the order they registered."""
    now = db.clock.now()
    registrants = [
        Registration(
            sales_page_id=page.id,
            email=f"lead{number}@example.com",
            custom_fields={},
            registered_at=now,
            **{"confirmed_at": now, **changed},
        )
        for number in range(size)
    ]
    async with db.transaction() as tx:
        tx.session.add_all(registrants)
    return [registration.id for registration in registrants]


async def owed(db: Database, kind: str) -> list[UUID]:
    """What mails of `kind` are owed about, oldest first."""
    return [about for owing, about in await owed_mails(db) if owing == kind]


def stock_changed(page: PagePublished, version: int, remaining: int, held_offers: Iterable[UUID] = ()) -> StockChanged:
    return StockChanged(
        id=page.id,
        version=version,
        quantity_limit=page.quantity_limit or 10,
        remaining=remaining,
        sold=0,
        held_offers=list(held_offers),
    )


def pass_in(service: Service, mail: OutgoingMail | None) -> Pass | None:
    """The pass of the mail's link, as pages and checkout would check it."""
    assert mail is not None
    (token,) = re.findall(r"\?pass=(\S+)", mail.text)
    return Passes(Keys("unused", service.state["signing"].public()), service.db.clock).verified(token)


def order_paid(page: PagePublished, registration_id: UUID | None, **changed: Any) -> OrderPaid:
    """An order on `page`, paid by who came with the pass of `registration_id`."""
    state: dict[str, Any] = {
        "id": new_id(),
        "version": 2,
        "sales_page_id": page.id,
        "product_id": page.product_id,
        "creator_id": page.creator_id,
        "customer_id": new_id(),
        "price_in_cents": 500,
        "amount_paid": 500,
        "amount_refunded": 0,
        "currency": "EUR",
        "status": OrderStatus.COMPLETED,
        "created_at": page.launch_at,
        "paid_at": page.launch_at,
        "token_hash": "0" * 64,
        "link_generation": 1,
        "registration_id": registration_id,
    }
    return OrderPaid(**{**state, **changed})
