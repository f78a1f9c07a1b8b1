"""What all the people share: they insist where a service does not answer, and come from addresses of their own."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import TypeVar
from uuid import UUID

import httpx

from .population import Population
from .world import World

T = TypeVar("T")
PATIENCE_SECONDS = 60
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 1.0
IN_USE = "idempotency-key-in-use"

Actor = Callable[[World, Population, int], Awaitable[None]]
"""One story; the number tells people of one population apart."""


async def insist(send: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response | None:
    """The answer, asked for again while there is none, or a 5xx; None when patience ends."""
    loop, pause = asyncio.get_running_loop(), FIRST_PAUSE
    until = loop.time() + PATIENCE_SECONDS
    while loop.time() < until:
        try:
            answer = await send()
        except httpx.TransportError:
            pass
        else:
            if answer.status_code < 500 and IN_USE not in answer.text:
                return answer
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)
    return None


@asynccontextmanager
async def visitor(world: World, people: Population) -> AsyncIterator[httpx.AsyncClient]:
    """A browser of an address of its own, so that none spends another's share."""
    address = ".".join(["127", *(str(people.random.randint(1, 254)) for _ in range(3))])
    transport = httpx.AsyncHTTPTransport(local_address=address, verify=False)
    async with httpx.AsyncClient(base_url=world.edge, timeout=20, transport=transport) as client:
        yield client


def new_key(people: Population) -> dict[str, str]:
    return {"Idempotency-Key": str(UUID(int=people.random.getrandbits(128)))}


async def soon(ask: Callable[[], Awaitable[T | None]], seconds: float = PATIENCE_SECONDS) -> T | None:
    """What `ask` answers in the end; None when patience ends."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while (answer := await ask()) is None:  # noqa: ASYNC110 - what is waited for is on the other side of HTTP
                await asyncio.sleep(FIRST_PAUSE)
            return answer
    return None
