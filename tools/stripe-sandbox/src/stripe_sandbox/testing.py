"""For tests: a sandbox and a webhook receiver on free ports of this process, with the official SDK pointed at them.

Needs the `stripe` package, which the sandbox itself does not.
"""

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import stripe
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from stripe_sandbox.app import create_app
from stripe_sandbox.config import Config, Retries, Webhook

PLATFORM_SECRET = "whsec_platform"
CONNECT_SECRET = "whsec_connect"
SHOP = "http://shop.test"
PATIENCE = 60
"""Seconds, at most, for what must come: a machine that is busy, or stands still for a while, is no failure."""


class Server(uvicorn.Server):
    """Leaves signals to the process, and says when it is up."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def serving(app: ASGIApp, listener: socket.socket) -> AsyncIterator[None]:
    server = Server(uvicorn.Config(app, log_level="critical", ws="none", lifespan="on"))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        await server.up.wait()
        yield
    finally:
        server.should_exit = True
        await task


def listen(port: int = 0) -> tuple[socket.socket, str]:
    """A listening socket and its address. asyncio switches Nagle's delay off only where TCP is named."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(128)
    return listener, f"http://127.0.0.1:{listener.getsockname()[1]}"


@dataclass
class Receiver:
    """A platform's webhook endpoints: verifies, records, answers 200 unless told otherwise."""

    url: str = ""
    platform: list[stripe.Event] = field(default_factory=list)
    connect: list[stripe.Event] = field(default_factory=list)
    signatures: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    attempts: int = 0
    _arrived: asyncio.Condition = field(default_factory=asyncio.Condition)

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/platform", self._take(self.platform, PLATFORM_SECRET), methods=["POST"]),
                Route("/connect", self._take(self.connect, CONNECT_SECRET), methods=["POST"]),
            ]
        )

    def _take(self, into: list[stripe.Event], secret: str) -> Callable[[Request], Any]:
        async def answer(request: Request) -> Response:
            body, header = await request.body(), request.headers["stripe-signature"]
            self.attempts += 1
            status = self.answers.pop(0) if self.answers else 200
            event = stripe.Webhook.construct_event(body, header, secret)
            self.signatures.append(header)
            self.bodies.append(body)
            if status < 300:
                into.append(event)
            async with self._arrived:
                self._arrived.notify_all()
            return Response(status_code=status)

        return answer

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE), self._arrived:
            await self._arrived.wait_for(condition)

    async def event(self, kind: str, thing: str, account: str | None = None) -> stripe.Event:
        """The event of that kind about the object of that id, once it has come; of a connected account if named."""

        def found() -> list[stripe.Event]:
            events = self.connect if account else self.platform
            about = [e for e in events if e.type == kind and e.data.object["id"] == thing]
            return [e for e in about if account is None or e.account == account]

        await self.until(lambda: bool(found()))
        return found()[0]

    def kinds(self) -> list[str]:
        return [event.type for event in self.platform]


@dataclass
class Clock:
    """The time, which tests may move forward."""

    ahead: float = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


@dataclass
class Running:
    """A running sandbox and ways to speak to it."""

    url: str
    client: stripe.StripeClient
    http: httpx.AsyncClient
    receiver: Receiver
    clock: Clock

    async def control(self, path: str, fields: dict[str, Any] | None = None, method: str = "POST") -> Any:
        answer = await self.http.request(method, f"/sandbox/control{path}", json=fields)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def session(self, amount: int = 1200, currency: str = "eur", **params: Any) -> stripe.checkout.Session:
        """A new session for one thing."""
        product = {"currency": currency, "unit_amount": amount, "product_data": {"name": "Field recordings"}}
        return await self.client.v1.checkout.sessions.create_async(
            params={
                "mode": "payment",
                "line_items": [{"quantity": 1, "price_data": product}],
                "success_url": SHOP + "/thanks?session={CHECKOUT_SESSION_ID}",
                "cancel_url": SHOP + "/p/1",
                **params,
            }  # type: ignore[arg-type]
        )

    async def pay(self, session: stripe.checkout.Session, choice: str = "pay") -> httpx.Response:
        """Pay as a buyer does, on the hosted page."""
        assert session.url
        return await self.http.post(session.url, data={"email": "ada@example.com", "name": "Ada", "choice": choice})

    async def paid(self, amount: int = 1200, **params: Any) -> stripe.PaymentIntent:
        """The payment of a session that was just paid."""
        session = await self.session(amount, **params)
        assert (await self.pay(session)).status_code == 303
        session = await self.client.v1.checkout.sessions.retrieve_async(
            session.id, params={"expand": ["payment_intent.latest_charge"]}
        )
        assert isinstance(session.payment_intent, stripe.PaymentIntent)
        return session.payment_intent

    async def account(self, onboarded: bool = True) -> stripe.Account:
        """A connected account."""
        wanted: Any = {"card_payments": {"requested": True}, "transfers": {"requested": True}}
        account = await self.client.v1.accounts.create_async(
            params={"type": "express", "country": "DE", "email": "grace@example.com", "capabilities": wanted}
        )
        if onboarded:
            await self.control(f"/accounts/{account.id}/onboard")
        return account

    async def destination_paid(self, amount: int = 1000, fee: int = 100) -> stripe.PaymentIntent:
        """A destination charge with an application fee."""
        account = await self.account()
        data = {"application_fee_amount": fee, "transfer_data": {"destination": account.id}, "on_behalf_of": account.id}
        return await self.paid(amount, payment_intent_data=data)


@contextlib.asynccontextmanager
async def sdk(key: str, url: str, retries: int = 0) -> AsyncIterator[stripe.StripeClient]:
    """The official client, which leaves its connections open if nobody closes them."""
    http: Any = stripe.HTTPXClient(timeout=10)
    addresses: Any = {"api": url, "files": url}
    try:
        yield stripe.StripeClient(key, base_addresses=addresses, http_client=http, max_network_retries=retries)
    finally:
        await http.close_async()


Starter = Callable[..., contextlib.AbstractAsyncContextManager[Running]]
"""What the fixture `start` is: `running`, with a folder of its own."""


@contextlib.asynccontextmanager
async def running(data: Path, **settings: Any) -> AsyncIterator[Running]:
    """A sandbox of its own with a receiver of its own."""
    receiver, clock = Receiver(), Clock()
    hooks, receiver.url = listen()
    listener, url = listen()
    webhooks = (
        Webhook(receiver.url + "/platform", (PLATFORM_SECRET,)),
        Webhook(receiver.url + "/connect", (CONNECT_SECRET,), connect=True),
    )
    settings = {"webhooks": webhooks, "retries": Retries(first=0.02, cap=0.1), **settings}
    config = Config(data=data, public_url=url, **settings)
    async with (
        serving(receiver.app(), hooks),
        serving(create_app(config, clock), listener),
        httpx.AsyncClient(base_url=url, timeout=PATIENCE) as http,
        sdk(config.api_key, url) as client,
    ):
        yield Running(url, client, http, receiver, clock)
