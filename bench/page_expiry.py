"""How late an expiry is announced: pages due within one minute, the real sweeper and relay, PostgreSQL, RabbitMQ.

Lateness is measured where it counts, at a queue of another service: from `expiresAt` to the arrival of PageExpired.
    .venv/bin/python bench/page_expiry.py [--pages 10000] [--seconds 60] [--sweepers 1]
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aio_pika
import asyncpg
from chassis.testing import TestDatabase, prepared_database
from chassis.topology import declare_exchange
from contracts.pages import PageExpired
from local_stack import Stack

LEAD = timedelta(seconds=5)
"""Between the writing of the pages and the first that is due."""
GRACE_SECONDS = 60
PAGES = """
    INSERT INTO sales_pages (id, version, short_id, creator_id, product_ids, status, created_at, updated_at, launch_at,
        expires_at, time_zone, customization, registration_form, after_expiry, extensions, launched_at, warned_at)
    SELECT gen_random_uuid(), 4, 'bench' || md5(random()::text), gen_random_uuid(), ARRAY[gen_random_uuid()],
        'published', $1, $1, $1, $1::timestamptz + n * $2::interval, 'Europe/Berlin', '{"title": "Field Guide"}', '[]',
        '{"mode": "message", "message": "Thank you."}', 0, $1, $1
    FROM generate_series(1, $3::int) AS n
"""


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--sweepers", type=int, default=1)
    asked = parser.parse_args()
    state = os.environ.get("TEST_STATE_DIR")
    with tempfile.TemporaryDirectory() as thrown_away:
        async with Stack(Path(state or thrown_away), infrastructure_only=True) as stack:
            database = await prepared_database(stack.admin_database_url, "pages")
            late = await measured(stack, database, asked)
    report(late, asked)


async def measured(stack: Stack, database: TestDatabase, asked: argparse.Namespace) -> list[float]:
    """Seconds, of each page. The first announcement is awaited before: nothing is measured of a process's start."""
    environment = {**os.environ, **stack.environment("pages"), "PAGES_DATABASE_URL": database.app_url}
    async with arrivals(stack.endpoints["amqp"]) as arrived, sweeping(environment, asked.sweepers):
        await due(database, datetime.now(UTC), 1, timedelta())
        await lateness(arrived, 1)
        between = timedelta(seconds=asked.seconds) / asked.pages
        await due(database, datetime.now(UTC) + LEAD, asked.pages, between)
        return await lateness(arrived, asked.pages, within=asked.seconds + GRACE_SECONDS)


async def due(database: TestDatabase, start: datetime, count: int, between: timedelta) -> None:
    connection = await asyncpg.connect(database.owner_url)
    await connection.execute(PAGES, start, between, count)
    await connection.execute("ANALYZE sales_pages")
    await connection.close()


@asynccontextmanager
async def sweeping(environment: dict[str, str], sweepers: int) -> AsyncIterator[None]:
    """Processes of pages that sweep and relay, nothing else."""
    roles = {"PAGES_ROLES": "sweeper,relay", "PAGES_HTTP_PORT": "0", "LOG_LEVEL": "warning"}
    started = [
        await asyncio.create_subprocess_exec(sys.executable, "-m", "pages", env={**environment, **roles})
        for _ in range(sweepers)
    ]
    try:
        yield
    finally:
        for process in started:
            process.terminate()
        await asyncio.gather(*(process.wait() for process in started))


@asynccontextmanager
async def arrivals(amqp_url: str) -> AsyncIterator[asyncio.Queue[tuple[float, bytes]]]:
    """(when, body) of each PageExpired, as any other service's queue would get it."""
    connection = await aio_pika.connect(amqp_url)
    async with connection:
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=500)
        exchange = await declare_exchange(channel)
        queue = await channel.declare_queue(exclusive=True)
        await queue.bind(exchange, PageExpired.key)
        arrived: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

        async def take(message: Any) -> None:
            arrived.put_nowait((time.time(), message.body))
            await message.ack()

        await queue.consume(take)
        yield arrived


async def lateness(
    arrived: asyncio.Queue[tuple[float, bytes]], count: int, within: float = GRACE_SECONDS
) -> list[float]:
    """Seconds, of `count` different pages."""
    late: dict[str, float] = {}
    async with asyncio.timeout(within + LEAD.total_seconds()):
        while len(late) < count:
            at, body = await arrived.get()
            page = json.loads(body)["data"]
            late.setdefault(page["id"], at - datetime.fromisoformat(page["expiresAt"]).timestamp())
    return sorted(late.values())


def report(late: list[float], asked: argparse.Namespace) -> None:
    def percentile(share: float) -> str:
        return f"{late[min(len(late) - 1, int(share * len(late)))] * 1000:.0f} ms"

    print(f"{asked.pages} pages due within {asked.seconds:g} s, {asked.sweepers} sweeper(s), {os.cpu_count()} cores:")
    print(f"announced late by p50 {percentile(0.5)}, p99 {percentile(0.99)}, max {late[-1] * 1000:.0f} ms")


if __name__ == "__main__":
    asyncio.run(main())
