"""One link redeemed by many at once, over real sockets, at gateways that are processes of their own."""

import asyncio
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
from chassis.lifecycle import Service
from chassis.testing import PATIENCE, TestDatabase, deliver, told
from contracts.catalog import ProductPublished, ProductUpdated
from contracts.delivery import DownloadAttempted, DownloadOutcome
from local_stack import Stack

from .conftest import Order, changed

GATEWAYS = ("catalog", "pages", "checkout", "delivery")
"""Four of delivery's, at the ports of services that do not run here."""
WITHOUT_WINDOW = (
    "from datetime import timedelta; from delivery import main, store; store.WINDOW = timedelta(hours=-1); main.main()"
)
"""Delivery, but that an attempt's ten minutes are over at once: else all of them were one attempt."""


@asynccontextmanager
async def gateway(infrastructure: Stack, database: TestDatabase, port: str) -> AsyncIterator[httpx.AsyncClient]:
    own = {"DELIVERY_DATABASE_URL": database.app_url, "DELIVERY_ROLES": "gateway", "DELIVERY_HTTP_PORT": port}
    environment = {**os.environ, **infrastructure.environment("delivery"), **own, "LOG_LEVEL": "error"}
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", WITHOUT_WINDOW, env=environment)
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE) as client:
            await ready(client)
            yield client
    finally:
        process.terminate()
        await process.wait()


async def ready(client: httpx.AsyncClient) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                if (await client.get("/health/ready")).status_code == 200:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.05)


async def test_of_forty_redemptions_at_four_gateways_as_many_count_as_are_allowed(
    service: Service, database: TestDatabase, infrastructure: Stack, product: ProductPublished, order: Order
) -> None:
    await deliver(service, changed(product, ProductUpdated, attempts_allowed=5))
    await deliver(service, order.paid())
    ports = [infrastructure.environment(name)[f"{name.upper()}_HTTP_PORT"] for name in GATEWAYS]
    async with AsyncExitStack() as stack:
        doors = [await stack.enter_async_context(gateway(infrastructure, database, port)) for port in ports]
        asked = (door.post("/v1/downloads", json={"token": order.token}) for door in doors for _ in range(10))
        answers = await asyncio.gather(*asked)
    assert Counter(answer.status_code for answer in answers) == {200: 5, 403: 35}
    assert {answer.json()["type"] for answer in answers if answer.status_code == 403} == {"download-exhausted"}
    attempts = await told(service.db, DownloadAttempted)
    assert sum(attempt.outcome is DownloadOutcome.GRANTED for attempt in attempts) == 5
    assert max(attempt.attempts_used for attempt in attempts) == 5
