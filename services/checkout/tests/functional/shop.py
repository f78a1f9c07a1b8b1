"""A shop for tests: checkout's gateway and handlers on a real database, buyers at the Stripe sandbox."""

import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from chassis.clock import new_id
from chassis.db import Database
from chassis.lifecycle import Service
from chassis.testing import SettableClock, deliver, sign_in
from checkout.jobs import Jobs
from checkout.models import CheckoutSession, Order, PageStock
from contracts.catalog import CreatorRegistered, ProductPublished, StripeAccount
from contracts.pages import PagePublished, PageState, PageStatus
from sqlmodel import select

Json = dict[str, Any]


def stripe_account(account: str, *, charges_enabled: bool = True) -> StripeAccount:
    return StripeAccount(id=account, charges_enabled=charges_enabled, payouts_enabled=True, details_submitted=True)


@dataclass
class Page:
    """A page that sells, and whose it is."""

    event: PagePublished
    creator_id: UUID
    product_id: UUID

    @property
    def short_id(self) -> str:
        return self.event.short_id


@dataclass
class Shop:
    service: Service
    client: httpx.AsyncClient
    stripe: httpx.AsyncClient
    secret: str
    clock: SettableClock
    account: str

    @property
    def db(self) -> Database:
        return self.service.db

    @property
    def jobs(self) -> Jobs:
        return Jobs(self.service.state["payments"], self.service.state["links"])

    async def page(self, price: int = 1900, currency: str = "EUR", limit: int | None = None, **more: Any) -> Page:
        """A live page of a new creator, heard of."""
        now = self.clock.now()
        creator = self.creator()
        product = self.product(creator.id, price, currency)
        event = self.page_event(creator.id, product.id, now, quantity_limit=limit, **more)
        for told in (creator, product, event):
            await deliver(self.service, told)
        return Page(event, creator.id, product.id)

    def creator(self, *, charges_enabled: bool = True, **more: Any) -> CreatorRegistered:
        now = self.clock.now()
        account = stripe_account(self.account, charges_enabled=charges_enabled)
        fields: Json = {"id": new_id(), "version": 1, "name": "Ada", "created_at": now, "updated_at": now}
        return CreatorRegistered(**{**fields, "stripe_account": account, **more})

    def product(self, creator_id: UUID, price: int, currency: str, **more: Any) -> ProductPublished:
        now = self.clock.now()
        fields: Json = {
            "id": new_id(), "version": 1, "creator_id": creator_id, "name": "Field recordings", "description": "",
            "price_in_cents": price, "currency": currency, "created_at": now, "updated_at": now, "is_active": True,
            "attempts_allowed": 5, "access_days": 7,
        }  # fmt: skip
        return ProductPublished(**{**fields, **more})

    def page_event(self, creator_id: UUID, product_id: UUID, now: datetime, **more: Any) -> PagePublished:
        fields: Json = {
            "id": new_id(), "version": 1, "short_id": new_id().hex[-12:], "creator_id": creator_id,
            "product_id": product_id, "product_ids": [product_id], "status": PageStatus.PUBLISHED, "created_at": now,
            "updated_at": now, "launch_at": now - timedelta(hours=1), "expires_at": now + timedelta(hours=2),
            "time_zone": "Europe/Berlin", "is_pre_launch": False,
        }  # fmt: skip
        return PagePublished(**{**fields, **more})

    async def change(self, page: Page, kind: type[PageState], **changes: Any) -> None:
        """Hear a newer version of the page."""
        fields = {**page.event.model_dump(), "version": page.event.version + 1, **changes}
        event = kind.model_validate(fields)
        page.event = PagePublished.model_validate(fields)
        await deliver(self.service, event)

    @contextmanager
    def meanwhile(self, call: str, happens: Callable[[], Awaitable[Any]]) -> Iterator[None]:
        """Inside, what `happens` is over before Stripe hears the first `call`."""
        payments = self.service.state["payments"]
        asked = getattr(payments, call)

        async def overtaken(*arguments: Any) -> Any:
            setattr(payments, call, asked)
            await happens()
            return await asked(*arguments)

        setattr(payments, call, overtaken)
        try:
            yield
        finally:
            setattr(payments, call, asked)

    async def check_out(self, page: Page, key: str | None = None, **more: Any) -> httpx.Response:
        headers = {"Idempotency-Key": key} if key else {}
        return await self.client.post("/v1/checkouts", json={"shortId": page.short_id, **more}, headers=headers)

    async def order_on(self, page: Page, **more: Any) -> UUID:
        """An order whose session is open."""
        response = await self.check_out(page, **more)
        assert response.status_code == 201, response.text
        return UUID(response.json()["orderId"])

    async def paid_order_on(self, page: Page, **more: Any) -> UUID:
        order_id = await self.order_on(page, **more)
        await self.pay(order_id)
        await self.hear_all(order_id)
        assert (await self.order(order_id)).status == "completed"
        return order_id

    async def order(self, order_id: UUID) -> Order:
        async with self.db.reading() as session:
            order = await session.get(Order, order_id)
        assert order is not None
        return order

    async def session(self, order_id: UUID) -> CheckoutSession:
        async with self.db.reading() as session:
            return (await session.exec(select(CheckoutSession).where(CheckoutSession.order_id == order_id))).one()

    async def stock(self, page: Page) -> tuple[int, int, int]:
        """(held, sold, in review)."""
        async with self.db.reading() as session:
            stock = await session.get(PageStock, page.event.id)
        assert stock is not None
        return stock.held, stock.sold, stock.in_review

    async def pay(self, order_id: UUID, method: str = "pay", email: str = "buyer@example.test") -> Json:
        """What a buyer does at Stripe: pay, decline, later."""
        session = await self.session(order_id)
        fields = {"method": method, "email": email, "name": "Grace"}
        return await self.control(f"/sessions/{session.stripe_session_id}/pay", fields)

    async def control(self, path: str, fields: Json | None = None) -> Json:
        answer = await self.stripe.post(f"/sandbox/control{path}", json=fields or {})
        assert answer.status_code == 200, answer.text
        result: Json = answer.json()
        return result

    async def at_stripe(self, path: str, **params: Any) -> Json:
        """Read Stripe's own view."""
        answer = await self.stripe.get(path, params=params)
        assert answer.status_code == 200, answer.text
        result: Json = answer.json()
        return result

    async def events_of(self, order_id: UUID) -> list[Json]:
        """What Stripe would tell the platform's endpoint about an order, in the order in which it happened."""
        session = await self.session(order_id)
        assert session.stripe_session_id is not None
        seen = await self.at_stripe(f"/v1/checkout/sessions/{session.stripe_session_id}")
        subjects = {session.stripe_session_id, seen["payment_intent"]} - {None}
        events = (await self.at_stripe("/v1/events", limit=100))["data"]
        mine = [e for e in events if {e["data"]["object"]["id"], e["data"]["object"].get("payment_intent")} & subjects]
        return mine[::-1]

    async def hear(self, event: Json) -> httpx.Response:
        """Deliver an event as Stripe does, signed."""
        return await self.deliver_raw(json.dumps(event).encode())

    async def deliver_raw(self, body: bytes, *, skew: int = 0, secret: str | None = None) -> httpx.Response:
        at = int(self.clock.now().timestamp()) + skew
        signed = hmac.new((secret or self.secret).encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
        headers = {"stripe-signature": f"t={at},v1={signed}", "content-type": "application/json"}
        return await self.client.post("/v1/webhooks/stripe", content=body, headers=headers)

    async def hear_all(self, order_id: UUID) -> None:
        """Every event about the order, in the order in which it happened."""
        for event in await self.events_of(order_id):
            assert (await self.hear(event)).status_code == 200

    async def ledger(self, order_id: UUID) -> tuple[int, int]:
        """(captured, refunded) at Stripe."""
        order = await self.order(order_id)
        intent = await self.at_stripe(f"/v1/payment_intents/{order.payment_id}", **{"expand[]": "latest_charge"})
        return intent["amount_received"], intent["latest_charge"]["amount_refunded"]

    async def refund(self, page: Page, order_id: UUID, key: str | None = None, **body: Any) -> httpx.Response:
        headers = {**sign_in(page.creator_id), **({"Idempotency-Key": key} if key else {})}
        return await self.client.post(f"/v1/orders/{order_id}/refunds", json=body, headers=headers)
