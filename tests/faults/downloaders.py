"""Downloaders: they open their link, several times at once, in pieces, again."""

import asyncio
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

import httpx

from .actors import insist, soon, visitor
from .buyers import place, session_of
from .population import Population, Told
from .world import World

AT_ONCE = 4
MANY_AT_ONCE = 10
WINDOWS = 4
"""One more than the market's products allow."""
WINDOW_IS_OVER = "UPDATE download_grants SET window_ends_at = now() WHERE order_id = $1 AND window_ends_at > now()"
PIECE = 4096


@dataclass(frozen=True)
class Bought:
    """An order, and the token that opens its file."""

    order_id: str
    token: str


async def buy_and_download(world: World, people: Population, number: int) -> None:
    """Buy, and open the download link some times at once."""
    async with visitor(world, people) as edge:
        bought = await _bought(world, people, number, edge)
        if bought is not None:
            await asyncio.gather(*(_open(people, edge, bought) for _ in range(AT_ONCE)))


async def download_to_the_limit(world: World, people: Population, number: int) -> None:
    """Buy, and open the link many times at once, again when ten minutes are over, until it opens no more."""
    async with visitor(world, people) as edge:
        bought = await _bought(world, people, number, edge)
        if bought is None:
            return
        for _ in range(WINDOWS):
            await asyncio.gather(*(_open(people, edge, bought) for _ in range(MANY_AT_ONCE)))
            await world.databases["delivery"].execute(WINDOW_IS_OVER, UUID(bought.order_id))


async def download_in_pieces(world: World, people: Population, number: int) -> None:
    """Buy, and read the file piece by piece: broken off, resumed, and asked for anew."""
    async with visitor(world, people) as edge, httpx.AsyncClient(timeout=20) as store:
        bought = await _bought(world, people, number, edge)
        for _ in range(people.random.randint(2, 4) if bought is not None else 0):
            url = await _open(people, edge, bought) if bought is not None else None
            begin = people.random.randrange(PIECE)
            if url is not None:
                await insist(lambda: store.get(url, headers={"Range": f"bytes={begin}-{begin + PIECE}"}))  # noqa: B023


async def _bought(world: World, people: Population, number: int, edge: httpx.AsyncClient) -> Bought | None:
    """Paid for, and the link is known."""
    placed = await place(world, people, number, edge)
    if placed is None:
        return None
    paid = await world.sandbox.pay(session_of(placed["url"]), "pay", people.address(f"buyer{number}"))
    token = None if paid is None else await _token(edge, placed["orderId"], paid["success_url"])
    return None if token is None else Bought(placed["orderId"], token)


async def _token(edge: httpx.AsyncClient, order_id: str, thanks: str) -> str | None:
    """The download token, once the order is paid."""
    proof = {"Authorization": f"Bearer {urlsplit(thanks).fragment}"}

    async def ask() -> httpx.Response | None:
        answer = await insist(lambda: edge.get(f"/api/checkout/v1/orders/{order_id}/status", headers=proof))
        return answer if answer is not None and answer.json().get("downloadUrl") else None

    answer = await soon(ask)
    return None if answer is None else urlsplit(answer.json()["downloadUrl"]).fragment


async def _open(people: Population, edge: httpx.AsyncClient, bought: Bought) -> str | None:
    """The file's address in the store."""

    async def ask() -> httpx.Response | None:
        """Unknown: the grant is still on its way."""
        answer = await insist(lambda: edge.post("/api/delivery/v1/downloads", json={"token": bought.token}))
        return None if answer is not None and answer.status_code == 404 else answer

    answer = await soon(ask)
    if answer is None or answer.status_code != 200:
        return None
    people.told.append(Told("downloaded", bought.order_id))
    return str(answer.json()["url"])
