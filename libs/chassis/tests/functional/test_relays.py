"""Several relays of one service: one works, another takes over from it, and the order stands."""

import asyncio
import signal
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from uuid import UUID

from aio_pika.abc import AbstractChannel
from chassis import topology
from chassis.clock import new_id
from chassis.db import Database
from chassis.outbox import LEASE_SECONDS
from chassis.publisher import Publisher
from chassis.testing import PATIENCE, until
from chassis.topology import on
from chassis.watchdog import Consumers
from contracts import Envelope
from local_stack import Stack

from .conftest import IN_TRANSACTION, all_sent, count, made
from .example_events import ThingMade
from .handled import Handled
from .processes import started
from .proxy import proxied

THINGS, VERSIONS = 20, 10
TAKEN_OVER_WITHIN = LEASE_SECONDS + PATIENCE


class Arrivals:
    """What a queue of another service got, in the order of its arrival."""

    def __init__(self) -> None:
        self.events: list[Envelope[ThingMade]] = []

    def versions(self) -> dict[UUID, list[int]]:
        """Of each thing, as they came first: what comes again is known by its id."""
        seen: set[UUID] = set()
        found: dict[UUID, list[int]] = defaultdict(list)
        for event in self.events:
            if event.id not in seen:
                found[event.data.id].append(event.data.version)
            seen.add(event.id)
        return found


@asynccontextmanager
async def arrivals(channel: AbstractChannel) -> AsyncIterator[Arrivals]:
    found = Arrivals()
    exchange = await topology.declare_exchange(channel)
    queue = await channel.declare_queue(exclusive=True)
    await queue.bind(exchange, ThingMade.key)

    async def take() -> None:
        async with queue.iterator() as messages:
            async for message in messages:
                found.events.append(Envelope[ThingMade].model_validate_json(message.body))
                await message.ack()

    taking = asyncio.create_task(take())
    yield found
    taking.cancel()
    await asyncio.gather(taking, return_exceptions=True)


async def tell(db: Database, things: list[UUID], versions: range) -> None:
    for version in versions:
        async with db.transaction() as tx:
            tx.publish(*(made(thing, version) for thing in things))


async def test_a_relay_that_is_stopped_in_its_batch_is_succeeded_and_changes_no_order_when_it_goes_on(
    environment: dict[str, str],
    db: Database,
    infrastructure: Stack,
    channel: AbstractChannel,
    queue_name: str,
    tmp_path: Path,
) -> None:
    things = [new_id() for _ in range(THINGS)]
    amqp_url, relay = infrastructure.endpoints["amqp"], {"EXAMPLE_ROLES": "relay"}
    handled, stopping = Handled(), asyncio.Event()
    async with AsyncExitStack() as stack:
        publisher = await stack.enter_async_context(Publisher(amqp_url, "test"))
        consumers = Consumers(amqp_url, db, publisher, [on(ThingMade, queue_name, handled)])
        consuming = asyncio.create_task(consumers.run(stopping))
        arrived = await stack.enter_async_context(arrivals(channel))
        broker = await stack.enter_async_context(proxied(amqp_url))
        first = await stack.enter_async_context(
            started(environment, tmp_path / "first.log", **relay, AMQP_URL=broker.url(amqp_url))
        )
        await until(first.serves)
        await until(first.is_ready)
        broker.back.clear()  # its confirms do not come: it stays in its batch
        await tell(db, things, range(1, VERSIONS))

        async def in_its_batch() -> bool:
            return await count(db, IN_TRANSACTION) == 1

        await until(in_its_batch)
        first.child.send_signal(signal.SIGSTOP)
        for name in ("second.log", "third.log"):
            await stack.enter_async_context(started(environment, tmp_path / name, **relay))
        await all_sent(db, TAKEN_OVER_WITHIN)
        broker.release()
        first.child.send_signal(signal.SIGCONT)
        await until(first.is_ready)
        await tell(db, things, range(VERSIONS, 2 * VERSIONS))
        await all_sent(db)
        expected = {thing: list(range(1, 2 * VERSIONS)) for thing in things}

        async def all_there() -> bool:
            return arrived.versions() == expected and len(handled.ids) >= THINGS * (2 * VERSIONS - 1)

        await until(all_there)
        stopping.set()
        await consuming
    assert len(arrived.events) >= THINGS * (2 * VERSIONS - 1)
    assert {thing: handled.ids.count(thing) for thing in things} == dict.fromkeys(things, 2 * VERSIONS - 1)
