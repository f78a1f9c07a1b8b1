"""Our outbox relay against faststream-outbox, and against one publish at a time: ratios, and what became of the order.

The same events (400 bytes) from PostgreSQL to a quorum queue, confirmed and marked as sent.
    python3 -m venv .local/faststream-outbox
    .local/faststream-outbox/bin/pip install 'faststream-outbox[asyncpg]==0.19.0' 'faststream[rabbit]==0.7.8'
    .venv/bin/python bench/relay.py [--events 5000] [--aggregates 200] [--rounds 3]
"""

import argparse
import asyncio
import os
import random
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from statistics import median
from typing import ClassVar

import aio_pika
from chassis import telemetry
from chassis.clock import new_id
from chassis.db import Database
from chassis.outbox import Relay
from chassis.publisher import Publisher
from chassis.testing import TestDatabase, bare_database
from chassis.topology import EXCHANGE, declare_exchange
from contracts import Envelope, Event
from local_stack import Stack
from sqlalchemy import text

HERE = Path(__file__).parent
OTHER = HERE.parent / ".local" / "faststream-outbox" / "bin" / "python"
QUEUE = "example.bench-relay"
ONE = text(
    "SELECT event_id, type, payload::text AS body FROM outbox"
    " WHERE sent_at IS NULL ORDER BY position LIMIT 1 FOR UPDATE"
)
SENT = text("UPDATE outbox SET sent_at = now() WHERE event_id = :event_id")


class ThingMade(Event):
    key: ClassVar[str] = "example.thing.made.v1"

    name: str = "x" * 60


class Bench:
    def __init__(self, stack: Stack, database: TestDatabase, events: int, aggregates: int) -> None:
        self.amqp_url: str = stack.endpoints["amqp"]
        self.database = database
        self.db = Database(database.app_url, "example")
        self.events = events
        self.aggregates = aggregates

    def ways(self) -> dict[str, Callable[[], Awaitable[float]]]:
        """faststream-outbox where it is installed."""
        ours = {"one at a time": self.one_at_a_time, "our relay": self.with_our_relay}
        return {**ours, "faststream-outbox": self.with_faststream_outbox} if OTHER.exists() else {**ours}

    async def write(self) -> None:
        """Each aggregate's versions, one after the other, mixed with the others'."""
        things = [new_id() for _ in range(self.aggregates)]
        for version in range(1, self.events // self.aggregates + 1):
            random.shuffle(things)
            async with self.db.transaction() as tx:
                tx.publish(*(ThingMade(id=thing, version=version) for thing in things))

    async def with_our_relay(self) -> float:
        await self.write()
        async with Publisher(self.amqp_url, "bench") as publisher:
            await publisher.reconnected.wait()
            began = time.perf_counter()
            relay = Relay(self.db, publisher)
            while (await relay.publish_batch())[0]:
                pass
            return time.perf_counter() - began

    async def one_at_a_time(self) -> float:
        await self.write()
        async with Publisher(self.amqp_url, "bench") as publisher:
            await publisher.reconnected.wait()
            began = time.perf_counter()
            while await self._publish_one(publisher):
                pass
            return time.perf_counter() - began

    async def _publish_one(self, publisher: Publisher) -> bool:
        async with self.db.transaction() as tx:
            row = (await tx.session.execute(ONE)).first()
            if row is None:
                return False
            message = aio_pika.Message(row.body.encode(), delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
            await publisher.publish(EXCHANGE, row.type, message)
            await tx.session.execute(SENT, {"event_id": row.event_id})
        return True

    async def with_faststream_outbox(self) -> float:
        urls = [self.database.owner_url, self.amqp_url]
        arguments = [*urls, EXCHANGE, ThingMade.key, str(self.events), str(self.aggregates)]
        other = await asyncio.create_subprocess_exec(
            str(OTHER), str(HERE / "faststream_outbox_relay.py"), *arguments, stdout=asyncio.subprocess.PIPE
        )
        told, _ = await other.communicate()
        assert other.returncode == 0
        return float(told)

    async def arrived(self) -> tuple[int, int]:
        """How many, and how many of them after a newer version of the same aggregate."""
        newest: dict[str, int] = defaultdict(int)
        number = disordered = 0
        async with await aio_pika.connect(self.amqp_url) as connection, connection.channel() as channel:
            await channel.set_qos(prefetch_count=500)
            queue = await channel.get_queue(QUEUE)
            async with queue.iterator(timeout=2) as messages:
                try:
                    async for message in messages:
                        event = Envelope[ThingMade].model_validate_json(message.body)
                        await message.ack()
                        number += 1
                        disordered += event.sequence < newest[event.subject]
                        newest[event.subject] = max(newest[event.subject], event.sequence)
                except TimeoutError:
                    pass
        return number, disordered


async def prepared(stack: Stack) -> TestDatabase:
    async with await aio_pika.connect(stack.endpoints["amqp"]) as connected, connected.channel() as channel:
        exchange = await declare_exchange(channel)
        queue = await channel.declare_queue(QUEUE, durable=True, arguments={"x-queue-type": "quorum"})
        await queue.bind(exchange, ThingMade.key)
    return await bare_database(stack.admin_database_url, "example", "_bench")


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=5000)
    parser.add_argument("--aggregates", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    telemetry.configure_logs("bench", "error")
    with tempfile.TemporaryDirectory() as state:
        async with Stack(Path(state), infrastructure_only=True) as stack:
            bench = Bench(stack, await prepared(stack), asked.events, asked.aggregates)
            ways: dict[str, Callable[[], Awaitable[float]]] = {
                "one at a time": bench.one_at_a_time,
                "our relay": bench.with_our_relay,
            }
            if OTHER.exists():
                ways["faststream-outbox"] = bench.with_faststream_outbox
            await compare(bench, ways, asked.rounds)
            await bench.db.dispose()


async def compare(bench: Bench, ways: Mapping[str, Callable[[], Awaitable[float]]], rounds: int) -> None:
    """Each way once a round, so that all meet the same machine."""
    seconds: dict[str, list[float]] = defaultdict(list)
    arrived: dict[str, tuple[int, int]] = {}
    for _ in range(rounds):
        for name, way in ways.items():
            await bench.database.empty()
            seconds[name].append(await way())
            arrived[name] = await bench.arrived()
    slowest = median(seconds["one at a time"])
    print(f"{bench.events} events of {bench.aggregates} aggregates, medians of {rounds}, {os.cpu_count()} cores:")
    for name, taken in seconds.items():
        number, disordered = arrived[name]
        print(
            f"{name:18} {slowest / median(taken):5.1f} times as fast ({bench.events / median(taken):.0f}/s);"
            f" {number} arrived, {disordered} out of their aggregate's order"
        )


if __name__ == "__main__":
    asyncio.run(main())
