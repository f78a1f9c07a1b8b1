"""Buyers, and what creators give back to them."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx

from .actors import insist, new_key, soon, visitor
from .population import Population, Told
from .world import World

REGRETS: Sequence[Sequence[int | None]] = ([None], [300, 300], [500], [300, 300, None])
"""What is given back, one after another: an amount, or all that is left."""

REFUND_PATIENCE_SECONDS = 15
"""Some payments can never be refunded here: of a second session, say, which waits for a person."""


async def place(world: World, people: Population, number: int, edge: httpx.AsyncClient) -> dict[str, Any] | None:
    """Press buy, and press it again under the same key until it is answered; None when nothing is sold."""
    people.wishes += 1
    key = new_key(people)
    body = {"shortId": people.page["shortId"], "email": people.address(f"buyer{number}")}
    answer = await insist(lambda: edge.post("/api/checkout/v1/checkouts", json=body, headers=key))
    if answer is None or answer.status_code != 201:
        return None
    placed: dict[str, Any] = answer.json()
    people.told.append(Told("placed", placed["orderId"]))
    return placed


async def buy(world: World, people: Population, number: int) -> None:
    """Buy and pay: at once, at the second try, later, or never."""
    async with visitor(world, people) as edge:
        if (placed := await place(world, people, number, edge)) is not None:
            await pay(world, people, number, placed)


async def pay(world: World, people: Population, number: int, placed: dict[str, Any]) -> str | None:
    """The address of the thanks page, for who has paid at once."""
    session, email = session_of(placed["url"]), people.address(f"buyer{number}")
    choice = people.random.choice(["pay", "pay", "pay", "decline", "later", "leave"])
    if choice == "decline":
        await world.sandbox.pay(session, "decline", email)
        choice = "pay"
    if choice == "leave":
        return None
    paid = await world.sandbox.pay(session, choice, email)
    if choice == "later" and paid is not None:
        outcome = people.random.choice(["succeeded", "succeeded", "failed"])
        await world.sandbox.control(f"/sessions/{session}/settle", {"outcome": outcome})
    return paid["success_url"] if paid is not None and choice == "pay" else None


def session_of(url: str) -> str:
    """The session's id in the address of Stripe's page."""
    return urlsplit(url).path.rpartition("/")[2]


async def buy_surely(world: World, people: Population, number: int, edge: httpx.AsyncClient) -> str | None:
    """Buy and pay with a good card: the order's id, and None when nothing is sold."""
    placed = await place(world, people, number, edge)
    if placed is None:
        return None
    paid = await world.sandbox.pay(session_of(placed["url"]), "pay", people.address(f"buyer{number}"))
    return str(placed["orderId"]) if paid is not None else None


async def buy_and_regret(world: World, people: Population, number: int) -> None:
    """Buy; then the creator gives all or twice the same part of it back, or a person at Stripe's dashboard does."""
    async with visitor(world, people) as edge:
        order_id = await buy_surely(world, people, number, edge)
        if order_id is None:
            return
        for amount in people.random.choice(REGRETS):
            if people.random.random() < 0.25:
                await _refund_at_stripe(world, order_id, amount)
            else:
                await _refund_here(people, edge, order_id, amount)


async def _refund_at_stripe(world: World, order_id: str, amount: int | None) -> None:
    payment = (await world.sandbox.payments([order_id])).get(order_id)
    left = 0 if payment is None else payment["captured"] - payment["refunded"]
    if payment is not None and left >= (amount or 1):
        await world.sandbox.control(f"/charges/{payment['payment_intent']}/refund", {"amount": amount or left})


async def _refund_here(people: Population, edge: httpx.AsyncClient, order_id: str, amount: int | None) -> None:
    headers = {**people.keeper.creator.headers, **new_key(people)}
    body = {} if amount is None else {"amount": amount}

    async def ask() -> httpx.Response | None:
        """Not refundable yet: the payment has not been heard of."""
        answer = await insist(
            lambda: edge.post(f"/api/checkout/v1/orders/{order_id}/refunds", json=body, headers=headers)
        )
        return None if answer is not None and answer.status_code == 409 else answer

    answer = await soon(ask, REFUND_PATIENCE_SECONDS)
    if answer is not None and answer.status_code == 201:
        people.told.append(Told("refunded", order_id, int(answer.json()["amount"])))


async def buy_late(world: World, people: Population, number: int) -> None:
    """Press buy in time, and pay around the end of the page."""
    async with visitor(world, people) as edge:
        placed = await place(world, people, number, edge)
        await until_the_end(people, people.random.uniform(-1.0, 1.5))
        if placed is not None:
            await world.sandbox.pay(session_of(placed["url"]), "pay", people.address(f"buyer{number}"))


async def buy_around_the_end(world: World, people: Population, number: int) -> None:
    """Press buy just before the page ends, or just after."""
    async with visitor(world, people) as edge:
        await until_the_end(people, people.random.uniform(-0.5, 1.0))
        await place(world, people, number, edge)


async def until_the_end(people: Population, seconds: float) -> None:
    """Wait for the page's end, and `seconds` more."""
    left = people.ends_at + timedelta(seconds=seconds) - datetime.now(UTC)
    await asyncio.sleep(max(0.0, left.total_seconds()))
