"""A database with the chassis's tables alone, and events that no service owns."""

import asyncio
import os
from collections.abc import AsyncIterator
from uuid import UUID

import aio_pika
import asyncpg
import pytest
from aio_pika.abc import AbstractChannel
from chassis import topology
from chassis.clock import new_id
from chassis.db import Database
from chassis.testing import PATIENCE, SettableClock, TestDatabase, bare_database, until
from local_stack import Stack, binaries

from .example_events import ThingMade

IN_TRANSACTION = (
    "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction' AND datname = current_database()"
)
"""Processes that do something else while their transaction is open: relays."""
UNSENT = "SELECT count(*) FROM outbox WHERE sent_at IS NULL"


def made(thing: UUID | None = None, version: int = 1, name: str = "thing") -> ThingMade:
    return ThingMade(id=thing or new_id(), version=version, name=name)


@pytest.fixture(scope="session")
async def example(infrastructure: Stack) -> TestDatabase:
    return await bare_database(infrastructure.admin_database_url, "example")


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture
async def db(example: TestDatabase, clock: SettableClock) -> AsyncIterator[Database]:
    await example.empty()
    database = Database(example.app_url, "example", clock=clock)
    yield database
    await database.dispose()


@pytest.fixture
def amqp_url(infrastructure: Stack, monkeypatch: pytest.MonkeyPatch) -> str:
    """The broker, with delays short enough to wait for."""
    monkeypatch.setattr(topology, "RETRY_DELAYS", (0.05, 0.1))
    return str(infrastructure.endpoints["amqp"])


@pytest.fixture
async def channel(amqp_url: str) -> AsyncIterator[AbstractChannel]:
    """A look at the broker beside the code under test; what the tests declared is gone afterwards."""
    async with await aio_pika.connect(amqp_url) as connection, connection.channel() as opened:
        yield opened


@pytest.fixture
def queue_name() -> str:
    return f"example.handle-{new_id().hex[-12:]}"


async def rabbitmqctl(stack: Stack, *command: str) -> None:
    """Blocking for seconds: it starts a node of its own to speak to the broker."""
    environment = {**stack.parts["rabbitmq"].part.env, "RABBITMQ_NODENAME": "tempages@localhost"}
    tool = str(binaries.rabbitmq().with_name("rabbitmqctl"))
    running = await asyncio.create_subprocess_exec(
        tool, *command, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    told, _ = await running.communicate()
    assert running.returncode == 0, told.decode()


@pytest.fixture
async def environment(example: TestDatabase, db: Database, infrastructure: Stack, queue_name: str) -> dict[str, str]:
    """`db` has emptied the database."""
    return {
        **os.environ,
        **infrastructure.environment(),
        "JWKS_URL": "http://127.0.0.1:1/unused",
        "EXAMPLE_DATABASE_URL": example.app_url,
        "EXAMPLE_QUEUE": queue_name,
    }


async def count(db: Database, query: str) -> int:
    """On a connection of its own, so that it is not counted itself."""
    connection = await asyncpg.connect(db.url)
    try:
        found: int = await connection.fetchval(query)
        return found
    finally:
        await connection.close()


async def all_sent(db: Database, seconds: float = PATIENCE) -> None:
    """The relay has nothing left. What was published without being marked is handled before this is so."""

    async def yes() -> bool:
        return await count(db, UNSENT) == 0

    await until(yes, seconds)
