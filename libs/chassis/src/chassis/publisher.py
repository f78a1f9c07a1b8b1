"""Publishing with confirms: returns when the broker holds the message durably, raises when it may not."""

import asyncio
from types import TracebackType
from typing import Self

import aio_pika
from aio_pika.abc import AbstractExchange, AbstractRobustChannel, AbstractRobustConnection
from aio_pika.exceptions import AMQPError

PUBLISH_SECONDS = 10
"""A publish without a bound was seen to hang while the broker's memory alarm was on."""
PUBLISH_ERRORS = (AMQPError, RuntimeError, OSError, TimeoutError)
"""What an unconfirmed publish raises (a closed channel is a RuntimeError)."""


class Publisher:
    """One connection that comes back by itself, and a channel with confirms and returns."""

    def __init__(self, amqp_url: str, name: str) -> None:
        self._url = amqp_url
        self._name = name
        self._connection: AbstractRobustConnection | None = None
        self._channel: AbstractRobustChannel | None = None
        self._exchanges: dict[str, AbstractExchange] = {}
        self.reconnected = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._connection = await aio_pika.connect_robust(
            self._url, reconnect_interval=1, client_properties={"connection_name": self._name}, timeout=10
        )
        self._connection.reconnect_callbacks.add(lambda *_: self.reconnected.set())
        channel = await self._connection.channel(publisher_confirms=True, on_return_raises=True)
        self._channel = channel
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._connection is not None:
            await self._connection.close()

    @property
    def connected(self) -> bool:
        return self._connection is not None and self._connection.connected.is_set()

    async def publish(self, exchange: str, routing_key: str, message: aio_pika.Message) -> None:
        """Await the confirm; raises one of PUBLISH_ERRORS when the broker did not take or could not route it."""
        async with asyncio.timeout(PUBLISH_SECONDS):
            target = await self._exchange(exchange)
            await target.publish(message, routing_key, mandatory=True)

    async def _exchange(self, name: str) -> AbstractExchange:
        if name not in self._exchanges:
            assert self._channel is not None, "enter the publisher first"
            self._exchanges[name] = await self._channel.get_exchange(name, ensure=False)
        return self._exchanges[name]
