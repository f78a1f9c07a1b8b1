"""Who sells what in a run: a few creators with Stripe accounts, each with products to make pages of."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Self

import httpx

from tests.integration.journey import Creator, visitor, zip_like

CREATORS = 2
CONTENT = 20_000
"""Bytes of a file: what it holds is nobody's business here."""
TOKEN_SECONDS = 600
"""An access token lives for 15 minutes."""


@dataclass
class Shopkeeper:
    """A creator with a product, signed in anew before the token ends."""

    creator: Creator
    product: dict[str, Any]
    signed_in: float

    async def keep_signed_in(self) -> None:
        if time.monotonic() - self.signed_in > TOKEN_SECONDS:
            login = {"email": self.creator.email, "password": self.creator.password}
            session = await self.creator.post("/api/catalog/v1/sessions", login, 200)
            self.creator.headers = {"Authorization": f"Bearer {session['accessToken']}"}
            self.signed_in = time.monotonic()


@dataclass
class Market:
    keepers: list[Shopkeeper]

    @classmethod
    @asynccontextmanager
    async def opened(cls, edge: str) -> AsyncIterator[Self]:
        """With creators who can charge."""
        async with AsyncExitStack() as clients:
            edges = [await clients.enter_async_context(visitor(edge)) for _ in range(CREATORS)]
            yield cls(await asyncio.gather(*(_shopkeeper(client) for client in edges)))

    async def ready(self) -> None:
        for keeper in self.keepers:
            await keeper.keep_signed_in()

    def keeper(self, number: int) -> Shopkeeper:
        return self.keepers[number % len(self.keepers)]


async def _shopkeeper(edge: httpx.AsyncClient) -> Shopkeeper:
    creator = await Creator.registered(edge)
    await creator.link_stripe()
    product = await creator.product(attemptsAllowed=3)
    await creator.upload(product["id"], zip_like(CONTENT))
    return Shopkeeper(creator, product, time.monotonic())
