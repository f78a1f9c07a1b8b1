"""Keeps a process consuming. A consumer can vanish without an error here; so the broker is asked who it counts."""

import asyncio
from collections.abc import Sequence
from typing import cast

import aiormq
from aio_pika.abc import AbstractConnection
from aio_pika.exceptions import ChannelNotFoundEntity
from faststream.rabbit import RabbitBroker
from faststream.rabbit.subscriber.usecase import RabbitSubscriber

from chassis import telemetry
from chassis.broker import BROKER_ERRORS, closing, connect
from chassis.clock import pause
from chassis.consumer import consuming
from chassis.db import Database
from chassis.publisher import Publisher
from chassis.topology import Subscription

log = telemetry.logger(__name__)
CHECK_SECONDS = 5
ANSWER_SECONDS = 10
RESTART_SECONDS = 1


class ConsumersLost(RuntimeError):
    """Queues of ours had no consumer, twice in a row."""


class Consumers:
    """Consumes, and begins anew, with the topology, when the broker was away or a consumer is gone."""

    def __init__(
        self, amqp_url: str, db: Database, publisher: Publisher, subscriptions: Sequence[Subscription]
    ) -> None:
        self._url = amqp_url
        self._db = db
        self._publisher = publisher
        self._subscriptions = subscriptions
        self.complete = False
        """Whether each queue had its consumer when the broker was last asked."""

    async def run(self, stopping: asyncio.Event) -> None:
        """Until `stopping`; handlers under way then end first."""
        while not stopping.is_set():
            try:
                await self._consume(stopping)
            except BROKER_ERRORS as error:
                telemetry.CONSUMERS_RESTARTED.labels(self._db.service).inc()
                log.warning("not consuming; beginning anew", error=str(error) or type(error).__name__)
            self._uncount()
            await pause(RESTART_SECONDS, stopping)

    async def _consume(self, stopping: asyncio.Event) -> None:
        async with (
            consuming(self._url, self._db, self._publisher, self._subscriptions) as broker,
            closing(await connect(self._url, f"{self._db.service}-watchdog")) as connection,
        ):
            before: set[str] = set()
            while not stopping.is_set():
                async with asyncio.timeout(ANSWER_SECONDS):
                    missing = await self._uncounted(connection) | await _unheld(broker)
                self.complete = not missing
                if lost := missing & before:  # once may be a queue that elects its leader
                    raise ConsumersLost(", ".join(sorted(lost)))
                before = missing
                await pause(CHECK_SECONDS, stopping)

    def _uncount(self) -> None:
        """Of what the broker was not asked, nothing is known: then there is nobody."""
        self.complete = False
        for heard in self._subscriptions:
            telemetry.QUEUE_CONSUMERS.labels(heard.queue).set(0)

    async def _uncounted(self, connection: AbstractConnection) -> set[str]:
        """Queues for which the broker counts no consumer, of any process."""
        counts = {heard.queue: await _count(connection, heard.queue) for heard in self._subscriptions}
        for queue, consumers in counts.items():
            telemetry.QUEUE_CONSUMERS.labels(queue).set(consumers)
        return {queue for queue, consumers in counts.items() if not consumers}


async def _count(connection: AbstractConnection, queue: str) -> int:
    # A channel of its own: asking for a queue that does not exist closes it.
    try:
        async with connection.channel() as channel:
            found = await channel.declare_queue(queue, passive=True)
            return found.declaration_result.consumer_count or 0
    except ChannelNotFoundEntity:
        return 0


async def _unheld(broker: RabbitBroker) -> set[str]:
    """Queues whose consumer in this process is gone: its channel was closed, or knows nothing of it."""
    subscribers = [cast(RabbitSubscriber, subscriber) for subscriber in broker.subscribers]
    return {subscriber.queue.name for subscriber in subscribers if not await _is_held(subscriber)}


async def _is_held(subscriber: RabbitSubscriber) -> bool:
    queue, tag = subscriber._queue_obj, subscriber._consumer_tag  # noqa: SLF001 - FastStream tells nobody
    if queue is None or queue.channel.is_closed:
        return False
    channel = cast(aiormq.Channel, await queue.channel.get_underlay_channel())
    return tag in channel.consumers
