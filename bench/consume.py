"""Our consumer's path against raw aio-pika with pydantic: the same events from a quorum queue, as a ratio.

Raw: decode, acknowledge. Ours: FastStream, decode, claim in the inbox, commit, acknowledge. Raw with the claim alone
shows what the transaction costs, and what is ours beside it.
    .venv/bin/python bench/consume.py [--events 4000] [--rounds 3]
"""

import argparse
import asyncio
import os
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from statistics import median
from typing import Any, ClassVar

import aio_pika
from aio_pika.abc import AbstractIncomingMessage
from chassis import telemetry
from chassis.clock import new_id
from chassis.consumer import PREFETCH, consuming, decode
from chassis.db import Database, Tx
from chassis.publisher import Publisher
from chassis.testing import TestDatabase, bare_database
from chassis.topology import EXCHANGE, declare, on
from contracts import Envelope, Event
from local_stack import Stack

QUEUE = "example.bench-consume"


class ThingMade(Event):
    key: ClassVar[str] = "example.thing.made.v1"

    name: str = "x" * 60


class Countdown:
    """Is over once so many have been handled."""

    def __init__(self, number: int) -> None:
        self._left = number
        self.over = asyncio.Event()

    def one(self) -> None:
        self._left -= 1
        if not self._left:
            self.over.set()


class Bench:
    def __init__(self, amqp_url: str, database: TestDatabase, events: int) -> None:
        self.amqp_url = amqp_url
        self.db = Database(database.app_url, "example")
        self.events = events

    async def fill(self) -> None:
        await declare(self.amqp_url, [on(ThingMade, QUEUE, _nothing)])
        async with Publisher(self.amqp_url, "bench") as publisher:
            now = self.db.clock.now()
            bodies = [
                Envelope[ThingMade].around(ThingMade(id=new_id(), version=1), id=new_id(), time=now).to_json()
                for _ in range(self.events)
            ]
            for begin in range(0, self.events, 500):
                await asyncio.gather(*(self._publish(publisher, body) for body in bodies[begin : begin + 500]))

    async def _publish(self, publisher: Publisher, body: bytes) -> None:
        message = aio_pika.Message(body, delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
        await publisher.publish(EXCHANGE, ThingMade.key, message)

    async def raw(self, claims: bool = False) -> float:
        done, expected = Countdown(self.events), {ThingMade.key: ThingMade}

        async def take(message: AbstractIncomingMessage) -> None:
            envelope = decode(message.body, expected)  # type: ignore[arg-type]
            if claims:
                async with self.db.transaction() as tx:
                    await tx.claim(QUEUE, envelope.id)
            await message.ack()
            done.one()

        async with await aio_pika.connect(self.amqp_url) as connection, connection.channel() as channel:
            await channel.set_qos(prefetch_count=PREFETCH)
            queue = await channel.get_queue(QUEUE)
            began = time.perf_counter()
            await queue.consume(take)
            await done.over.wait()
            return time.perf_counter() - began

    async def raw_with_claims(self) -> float:
        return await self.raw(claims=True)

    async def ours(self) -> float:
        done = Countdown(self.events)

        async def handle(_tx: Tx, _envelope: Envelope[Any]) -> None:
            done.one()

        heard = [on(ThingMade, QUEUE, handle)]
        async with Publisher(self.amqp_url, "bench") as publisher, consuming(self.amqp_url, self.db, publisher, heard):
            began = time.perf_counter()
            await done.over.wait()
            return time.perf_counter() - began


async def _nothing(_tx: Tx, _envelope: Envelope[Any]) -> None:
    return


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    telemetry.configure_logs("bench", "error")
    with tempfile.TemporaryDirectory() as state:
        async with Stack(Path(state), infrastructure_only=True) as stack:
            database = await bare_database(stack.admin_database_url, "example", "_bench")
            bench = Bench(stack.endpoints["amqp"], database, asked.events)
            ways = {"raw aio-pika": bench.raw, "raw, with the claim": bench.raw_with_claims, "our consumer": bench.ours}
            report(bench, await compared(bench, ways, asked.rounds), asked.rounds)
            await bench.db.dispose()


async def compared(
    bench: Bench, ways: Mapping[str, Callable[[], Awaitable[float]]], rounds: int
) -> dict[str, list[float]]:
    """Each way once a round, so that all meet the same machine."""
    seconds: dict[str, list[float]] = defaultdict(list)
    for _ in range(rounds):
        for name, way in ways.items():
            await bench.fill()
            seconds[name].append(await way())
    return seconds


def report(bench: Bench, seconds: dict[str, list[float]], rounds: int) -> None:
    fastest = median(seconds["raw aio-pika"])
    print(f"{bench.events} events, medians of {rounds}, {os.cpu_count()} cores:")
    for name, taken in seconds.items():
        print(f"{name:20} {fastest / median(taken):.2f} ({bench.events / median(taken):.0f}/s)")


if __name__ == "__main__":
    asyncio.run(main())
