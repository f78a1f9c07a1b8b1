"""Connections to RabbitMQ: none is waited for without a bound, and one that went silent is noticed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aio_pika
from aio_pika.abc import AbstractConnection
from aio_pika.connection import make_url
from aio_pika.exceptions import AMQPError

from chassis import telemetry

log = telemetry.logger(__name__)
HEARTBEAT_SECONDS = 6
"""After three of them (21 s) without a sign of life a connection is given up."""
CONNECT_SECONDS = 10
CLOSE_SECONDS = 2
BROKER_ERRORS = (AMQPError, RuntimeError, OSError, TimeoutError)
"""What a broker that cannot be reached, or does not answer in time, raises (a closed channel is a RuntimeError)."""


def with_heartbeat(amqp_url: str) -> str:
    return str(make_url(amqp_url, heartbeat=HEARTBEAT_SECONDS))


async def connect(amqp_url: str, name: str) -> AbstractConnection:
    """Raises one of BROKER_ERRORS, after CONNECT_SECONDS at the latest. `name` is what operators see."""
    properties: dict[str, Any] = {"connection_name": name}
    async with asyncio.timeout(CONNECT_SECONDS):
        return await aio_pika.connect(with_heartbeat(amqp_url), client_properties=properties)


@asynccontextmanager
async def closing(connection: AbstractConnection) -> AsyncIterator[AbstractConnection]:
    """Close `connection` in the end; one that does not answer is left to the kernel."""
    try:
        yield connection
    finally:
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await connection.close()
        except BROKER_ERRORS as error:
            log.warning("broker connection not closed in order", error=str(error) or type(error).__name__)
