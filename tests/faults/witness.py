"""A subscriber of its own to every event, straight at the broker: what was really published, and in which order."""

import json
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import aio_pika
from aio_pika.abc import AbstractIncomingMessage, AbstractRobustConnection
from chassis.topology import EXCHANGE

QUEUE = "faults.witness"


@dataclass(frozen=True)
class Published:
    """An event as it first came by."""

    event_id: str
    key: str
    aggregate_id: str
    version: int
    page_id: str | None = None
    """The page that it is about, where it says so."""


@dataclass
class Witness:
    """Keeps each event once, in the order of its first coming. Its queue outlives the broker's restarts."""

    amqp_url: str
    seen: dict[str, Published] = field(default_factory=dict)
    _connection: AbstractRobustConnection | None = None

    async def __aenter__(self) -> Self:
        self._connection = await aio_pika.connect_robust(self.amqp_url, reconnect_interval=0.5)
        channel = await self._connection.channel()
        await channel.set_qos(prefetch_count=500)
        queue = await channel.declare_queue(QUEUE, durable=True, arguments={"x-queue-type": "quorum"})
        await queue.bind(EXCHANGE, "#")
        await queue.consume(self._see)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._connection is not None:
            await self._connection.close()

    def has_seen(self, key: str, aggregate_id: str) -> bool:
        return any((seen.key, seen.aggregate_id) == (key, aggregate_id) for seen in self.seen.values())

    async def _see(self, message: AbstractIncomingMessage) -> None:
        told = json.loads(message.body)
        if told["id"] not in self.seen:
            key, page_id = message.routing_key or "", told["data"].get("salesPageId")
            self.seen[told["id"]] = Published(told["id"], key, told["subject"], int(told["sequence"]), page_id)
        await message.ack()
