"""Publishing with confirms: returns when the broker holds the message durably, raises when it may not."""

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Self

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractExchange

from chassis import telemetry
from chassis.broker import BROKER_ERRORS, CONNECT_SECONDS, closing, connect
from chassis.failpoints import failpoint
from chassis.topology import declare_exchange

log = telemetry.logger(__name__)
PUBLISH_SECONDS = 10
"""A publish without a bound was seen to hang while the broker's memory alarm was on."""
RECONNECT_SECONDS = 1


class Publisher:
    """One connection and a channel with confirms and returns, made anew whenever either is lost."""

    def __init__(self, amqp_url: str, name: str) -> None:
        self._url = amqp_url
        self._name = name
        self._connection: AbstractConnection | None = None
        self._channel: AbstractChannel | None = None
        self._exchanges: dict[str, AbstractExchange] = {}
        self._ready = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None
        self.reconnected = asyncio.Event()

    async def __aenter__(self) -> Self:
        """Does not wait for the broker: what is published meanwhile waits, within its bound."""
        self._keeper = asyncio.create_task(self._keep_connected())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
            with suppress(asyncio.CancelledError):
                await self._keeper

    @property
    def connected(self) -> bool:
        return self._ready.is_set()

    async def publish(self, exchange: str, routing_key: str, message: aio_pika.Message) -> None:
        """Await the confirm; raises one of BROKER_ERRORS when the broker did not take or could not route it."""
        async with asyncio.timeout(PUBLISH_SECONDS):
            await self._ready.wait()
            await self._unblocked()
            target = await self._exchange(exchange)
            failpoint("publisher.before-publish")
            await target.publish(message, routing_key, mandatory=True)

    async def _unblocked(self) -> None:
        """While the broker takes nothing (an alarm), do not fill its socket with what will be given up."""
        if self._connection is not None and self._connection.transport is not None:
            await self._connection.transport.ready()

    async def _exchange(self, name: str) -> AbstractExchange:
        if name not in self._exchanges:
            assert self._channel is not None, "set before `_ready` is"
            self._exchanges[name] = await self._channel.get_exchange(name, ensure=False)
        return self._exchanges[name]

    async def _keep_connected(self) -> None:
        while True:
            try:
                await self._stay_connected()
            except BROKER_ERRORS as error:
                log.warning("publisher not connected; trying again", error=str(error) or type(error).__name__)
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _stay_connected(self) -> None:
        """Until the connection or the channel is lost."""
        async with closing(await connect(self._url, self._name)) as connection:
            async with asyncio.timeout(CONNECT_SECONDS):
                channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
                await declare_exchange(channel)
            self._connection, self._channel, self._exchanges = connection, channel, {}
            self._ready.set()
            self.reconnected.set()
            try:
                await channel.closed()
            finally:
                self._ready.clear()
