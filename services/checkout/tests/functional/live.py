"""A shop whose payment provider is there by itself: the gateway at a port, and a sandbox that delivers to it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import httpx
from chassis.testing import TEST_KEYS, TEST_PASS_KEYS, SettableClock
from checkout.main import build
from checkout.settings import CheckoutSettings
from sqlalchemy import text
from stripe_sandbox.app import create_app
from stripe_sandbox.config import Config, Retries, Webhook
from stripe_sandbox.testing import PLATFORM_SECRET, listen, serving

from .shop import Json, Shop

SOON = Retries(first=0.02, cap=0.1)
WAITING = (
    "SELECT (SELECT count(*) FROM refunds WHERE status = 'requested')"
    " + (SELECT count(*) FROM stripe_events WHERE applied_at IS NULL)"
)
MOST_ROUNDS = 5


@dataclass
class LiveShop(Shop):
    """What the sweeper does is done when asked for, each time an hour later than the time before."""

    passed: timedelta = field(default_factory=timedelta)

    @contextmanager
    def later(self, by: timedelta = timedelta(hours=1)) -> Iterator[None]:
        """Inside, the shop's clock is ahead; Stripe's is not, so no webhook may arrive meanwhile."""
        self.passed += by
        ahead = self.passed
        self.clock.advance(ahead)
        try:
            yield
        finally:
            self.clock.advance(-ahead)

    async def delivered(self) -> None:
        """Until Stripe owes no event that it does not hold back."""
        while (await self.webhooks())["deliveries"]["pending"]:  # noqa: ASYNC110 - it is on the other side of HTTP
            await asyncio.sleep(0.005)

    async def webhooks(self) -> Json:
        found: Json = (await self.stripe.get("/sandbox/control/webhooks")).raise_for_status().json()
        return found

    async def quiet(self) -> int:
        """Deliver and carry out all that can be; how much is waiting for something that does not come."""
        for _ in range(MOST_ROUNDS):
            await self.delivered()
            if not (waiting := await self._waiting()):
                break
            with self.later():
                await self.jobs.carry_out_refunds(self.db)
                await self.jobs.follow_waiting_events(self.db)
        await self.delivered()
        return waiting

    async def _waiting(self) -> int:
        async with self.db.reading() as session:
            return int(await session.scalar(text(WAITING)) or 0)

    async def a_day_later(self) -> None:
        """Everything that the clock starts."""
        await self.delivered()
        with self.later(timedelta(days=1)):
            for job in (*self.jobs.all(), *self.jobs.all()):
                await job.run(self.db)

    async def payment(self, order_id: UUID) -> Json:
        """The order's Checkout Session at Stripe, with payment intent, what of it was `captured` and has been
        `refunded`, and its `disputes` and `refunds`."""
        session = await self.session(order_id)
        expanded = {"expand[]": "payment_intent.latest_charge"}
        seen = await self.at_stripe(f"/v1/checkout/sessions/{session.stripe_session_id}", **expanded)
        intent = seen["payment_intent"] or {}
        seen["captured"] = intent.get("amount_received", 0)
        seen["refunded"] = (intent.get("latest_charge") or {}).get("amount_refunded", 0)
        seen["disputes"] = await self._all("/v1/disputes", intent.get("id"))
        seen["refunds"] = await self._all("/v1/refunds", intent.get("id"))
        return seen

    async def _all(self, path: str, payment_id: str | None) -> list[Json]:
        found: list[Json] = []
        if payment_id is not None:
            found = (await self.at_stripe(path, payment_intent=payment_id, limit=100))["data"]
        return found


@asynccontextmanager
async def live_shop(settings: CheckoutSettings, clock: SettableClock, data: Path) -> AsyncIterator[LiveShop]:
    """Checkout without its sweeper, on the database that `settings` name."""
    gateway, gateway_url = listen()
    provider, provider_url = listen()
    hook = Webhook(f"{gateway_url}/v1/webhooks/stripe", (PLATFORM_SECRET,))
    config = Config(data=data, public_url=provider_url, webhooks=(hook,), retries=SOON)
    there = {
        "stripe_api_base": provider_url,
        "stripe_secret_key": config.api_key,
        "stripe_webhook_secrets": PLATFORM_SECRET,
    }
    service = build(settings.model_copy(update=there), clock=clock, keys=TEST_KEYS, pass_keys=TEST_PASS_KEYS)
    bearer = {"Authorization": f"Bearer {config.api_key}"}
    async with (
        service.running(),
        serving(create_app(config), provider),
        serving(service.app(), gateway),
        httpx.AsyncClient(base_url=provider_url, headers=bearer, timeout=120) as stripe,
        httpx.AsyncClient(base_url=gateway_url, timeout=120) as client,
    ):
        await service.redis.flushdb()
        yield LiveShop(service, client, stripe, PLATFORM_SECRET, clock, await connected_account(stripe))


async def connected_account(stripe: httpx.AsyncClient) -> str:
    """One that can take payments."""
    fields = {
        "type": "express",
        "country": "DE",
        "email": "creator@example.test",
        "capabilities[card_payments][requested]": "true",
        "capabilities[transfers][requested]": "true",
    }
    made: str = (await stripe.post("/v1/accounts", data=fields)).raise_for_status().json()["id"]
    (await stripe.post(f"/sandbox/control/accounts/{made}/onboard", json={})).raise_for_status()
    return made
