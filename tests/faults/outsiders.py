"""Those who do not buy: they look around, they send what cannot be handled, they try to alter what has happened."""

import asyncio
import time
from uuid import UUID

import aio_pika
import asyncpg
from aiormq.abc import FieldValue
from chassis import topology
from chassis.clock import new_id
from contracts import Envelope
from contracts.checkout import OrderPaid, OrderStatus

from .actors import insist, visitor
from .population import Population, Told
from .world import World

LOOKS = 12
BETWEEN_LOOKS_SECONDS = 0.5
ALTERATIONS = (
    "UPDATE order_events SET type = 'altered'",
    "DELETE FROM order_events",
    "TRUNCATE order_events",
    "UPDATE download_attempts SET outcome = 'altered'",
    "DELETE FROM download_attempts",
    "TRUNCATE download_attempts",
)
GRANTING = "delivery.issue-grant"


async def look_around(world: World, people: Population, _number: int) -> None:
    """Look at what needs no Stripe, again and again, and note how long each look takes (milliseconds)."""
    paths = (f"/api/pages/v1/public/pages/{people.page['shortId']}", "/api/checkout/v1/orders")
    async with visitor(world, people) as edge:
        for turn in range(LOOKS):
            path, began = paths[turn % len(paths)], time.monotonic()
            await insist(lambda: edge.get(path, headers=people.keeper.creator.headers))  # noqa: B023 - awaited here
            people.told.append(Told("looked", path, int((time.monotonic() - began) * 1000)))
            await asyncio.sleep(BETWEEN_LOOKS_SECONDS)


async def poison(world: World, people: Population, _number: int) -> None:
    """Send a queue what is no event, or what its handler can never handle, at its last try."""
    body = people.random.choice([b"no event", _of_an_unknown_product(people)])
    last: dict[str, FieldValue] = {"x-attempt": len(topology.RETRY_DELAYS)}
    name, persistent = str(new_id()), aio_pika.DeliveryMode.PERSISTENT
    message = aio_pika.Message(body, headers=last, message_id=name, delivery_mode=persistent)
    world.poisoned[f"{GRANTING}.dead"].add(name)
    async with await aio_pika.connect(world.stack.endpoints["amqp"]) as connection:
        channel = await connection.channel()
        await channel.default_exchange.publish(message, GRANTING)


def _of_an_unknown_product(people: Population) -> bytes:
    page_id, order_id, now = UUID(people.page_id), new_id(), people.ends_at
    paid = OrderPaid(
        id=order_id,
        version=2,
        sales_page_id=page_id,
        product_id=new_id(),
        creator_id=new_id(),
        customer_id=new_id(),
        price_in_cents=1900,
        amount_paid=1900,
        amount_refunded=0,
        currency="EUR",
        status=OrderStatus.COMPLETED,
        created_at=now,
        token_hash="0" * 64,
        link_generation=1,
    )
    return Envelope.around(paid, id=new_id(), time=now).to_json()


async def alter_history(world: World, people: Population, _number: int) -> None:
    """Try to change what is on record, as the role that delivery works as."""
    statement = people.random.choice(ALTERATIONS)
    connection = await asyncpg.connect(world.stack.endpoints["databases"]["delivery"])
    try:
        async with connection.transaction():
            await connection.execute(statement)
        people.told.append(Told("altered", statement))
    except asyncpg.InsufficientPrivilegeError:
        return
    finally:
        await connection.close()
