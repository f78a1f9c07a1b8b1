"""The consumer role: every event handled once in effect; what fails is tried again later, then parked."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aio_pika
from aio_pika.abc import AbstractIncomingMessage, DeliveryMode
from contracts import Envelope, Event
from contracts.event import TYPE_PREFIX
from faststream import AckPolicy
from faststream.message import StreamMessage
from faststream.rabbit import Channel, RabbitBroker, RabbitQueue
from faststream.rabbit.annotations import RabbitMessage
from pydantic import ValidationError

from chassis import telemetry, topology
from chassis.broker import BROKER_ERRORS, CLOSE_SECONDS, CONNECT_SECONDS, closing, with_heartbeat
from chassis.db import Database, unreachable
from chassis.failpoints import failpoint
from chassis.publisher import Publisher
from chassis.topology import Subscription

log = telemetry.logger(__name__)
PREFETCH = 50
AT_ONCE = 8
"""Transactions of all a process's handlers: fewer than the connections that its pool keeps, so that requests have some
too, and none is opened for one transaction."""
GRACE_SECONDS = 10
"""For handlers to end in, when the process or the connection does."""
START_SECONDS = 30
PATIENT_ATTEMPT = 3


class Undecodable(Exception):
    """The body is no event, or not what its type promises: no later try will help."""


class Unexpected(Exception):
    """An event that this queue was not told to expect here: a newer release may take it, which is being rolled out."""


def decode(body: bytes, expected: dict[str, type[Event]]) -> Envelope[Any]:
    """The envelope in `body`, typed by its event; raises Undecodable, Unexpected."""
    try:
        kind = Envelope[Event].model_validate_json(body).type.removeprefix(TYPE_PREFIX)
        if kind not in expected:
            raise Unexpected(kind)
        return Envelope[expected[kind]].model_validate_json(body)  # type: ignore[valid-type]
    except ValidationError as error:
        raise Undecodable(str(error)) from error


class QueueConsumer:
    """Handles one queue's messages: claim and effect in one transaction, ack after the commit."""

    def __init__(
        self, db: Database, publisher: Publisher, subscription: Subscription, slots: asyncio.Semaphore
    ) -> None:
        self._db = db
        self._slots = slots
        self._publisher = publisher
        self._subscription = subscription
        self._expected = {event.key: event for event in subscription.events}

    async def consume(self, message: RabbitMessage) -> None:
        """Ack what took effect. What failed is acked only once its copy for later is confirmed."""
        incoming: AbstractIncomingMessage = message.raw_message
        queue = self._subscription.queue
        try:
            await self._handle(incoming.body)
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is tried again, then parked
            await self._set_aside(incoming, error)
        else:
            telemetry.EVENTS_HANDLED.labels(queue, "handled").inc()
            failpoint("consumer.before-ack")
            await incoming.ack()

    async def _handle(self, body: bytes) -> None:
        envelope = decode(body, self._expected)
        telemetry.follow(envelope.traceparent)
        async with self._slots, self._db.transaction() as tx:
            if await tx.claim(self._subscription.queue, envelope.id):
                failpoint("consumer.after-claim")
                await self._subscription.handler(tx, envelope)
                failpoint("consumer.before-commit")

    async def _set_aside(self, incoming: AbstractIncomingMessage, error: Exception) -> None:
        away = unreachable(error)  # not this message's fault: it is not counted as a try of it
        attempt = int(str(incoming.headers.get("x-attempt", 0))) + (not away)
        hopeless = isinstance(error, Undecodable) or attempt > len(topology.RETRY_DELAYS)
        queue = self._subscription.queue
        exchange = topology.DEAD_EXCHANGE if hopeless else topology.retry_exchange(_delay(attempt, away))
        outcome = "parked" if hopeless else "retried"
        telemetry.EVENTS_HANDLED.labels(queue, outcome).inc()
        log.warning("event set aside", queue=queue, outcome=outcome, attempt=attempt, exc_info=error)
        try:
            await self._publisher.publish(exchange, queue, _copy(incoming, attempt, error))
        except BROKER_ERRORS:
            await incoming.nack(requeue=True)
        else:
            await incoming.ack()


def _delay(attempt: int, away: bool) -> float:
    """Seconds. While the database is away nothing is asked of it many times a second."""
    delays = topology.RETRY_DELAYS
    return delays[min(max(attempt, PATIENT_ATTEMPT if away else 1), len(delays)) - 1]


def _copy(incoming: AbstractIncomingMessage, attempt: int, error: Exception) -> aio_pika.Message:
    """The same message, with what happened to it. x-death and x-delivery-count begin anew."""
    kept = {name: value for name, value in incoming.headers.items() if name not in {"x-death", "x-delivery-count"}}
    told: dict[str, Any] = {"x-attempt": attempt, "x-error-type": type(error).__name__, "x-error": str(error)[:500]}
    return aio_pika.Message(
        incoming.body,
        headers={**kept, **told},
        content_type=incoming.content_type,
        delivery_mode=DeliveryMode.PERSISTENT,
        message_id=incoming.message_id,
        type=incoming.type,
        timestamp=incoming.timestamp,
        app_id=incoming.app_id,
    )


async def _raw(message: StreamMessage[Any]) -> Any:
    return message.body


@asynccontextmanager
async def consuming(
    amqp_url: str, db: Database, publisher: Publisher, subscriptions: Sequence[Subscription]
) -> AsyncIterator[RabbitBroker]:
    """Consume while inside; leaving waits for the handlers under way. Raises one of BROKER_ERRORS."""
    await topology.declare(amqp_url, subscriptions)
    broker = RabbitBroker(
        with_heartbeat(amqp_url),
        timeout=CONNECT_SECONDS,
        default_channel=Channel(prefetch_count=PREFETCH, on_return_raises=True),
        reconnect_interval=1,
        graceful_timeout=GRACE_SECONDS,
        ack_policy=AckPolicy.MANUAL,
        decoder=_raw,
        logger=None,
    )
    slots = asyncio.Semaphore(AT_ONCE)
    for subscription in subscriptions:
        consumer = QueueConsumer(db, publisher, subscription, slots)
        queue = RabbitQueue(subscription.queue, declare=False)
        broker.subscriber(queue, no_reply=True, channel=Channel(prefetch_count=PREFETCH))(consumer.consume)
    async with asyncio.timeout(CONNECT_SECONDS):
        connection = await broker.connect()
    async with closing(connection):
        try:
            async with asyncio.timeout(START_SECONDS):
                await broker.start()
            yield broker
        finally:
            await _stop(broker)


async def _stop(broker: RabbitBroker) -> None:
    """Handlers have GRACE_SECONDS to end; what they do not acknowledge by then is delivered again."""
    try:
        async with asyncio.timeout(GRACE_SECONDS + CLOSE_SECONDS):
            await broker.stop()
    except* BROKER_ERRORS as errors:
        log.warning("consumers not stopped in order", error=str(errors.exceptions[0]))
