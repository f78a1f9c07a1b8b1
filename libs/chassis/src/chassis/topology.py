"""What stands on the broker: one topic exchange, a quorum queue a handler, retry by delay, a dead queue beside each."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from aio_pika.abc import AbstractChannel, AbstractExchange, ExchangeType
from contracts import Envelope, Event

from chassis.broker import closing, connect
from chassis.db import Tx

EXCHANGE = "events"
DEAD_EXCHANGE = "events.dead"
UNHEARD = "events.unheard"
"""Where an event goes that no queue is bound for: kept for operators, so that a typing error is seen."""
RETRY_DELAYS = (0.2, 1, 5, 30, 120, 600)
"""Seconds before each further try; after the last the message is parked in the dead queue."""
DELIVERY_LIMIT = 20
"""Deliveries without an answer (a handler that kills its process) before the broker itself parks it."""
LOOKS = 1_000_000
"""Deliveries of what lies parked, one at each look that an operator takes: more than there will be. Without a number of
ours RabbitMQ 4 takes 20, and then forgets the message."""
DECLARE_SECONDS = 60

Arguments = dict[str, Any]
PARKED: Arguments = {"x-queue-type": "quorum", "x-delivery-limit": LOOKS}
"""Of a queue whose messages wait for an operator."""
Handler = Callable[[Tx, Envelope[Any]], Awaitable[None]]


@dataclass(frozen=True)
class Subscription:
    """`handler` is called once in effect for each of `events`, from its own `queue` (`<service>.<verb-noun>`)."""

    events: tuple[type[Event], ...]
    queue: str
    handler: Handler

    @property
    def dead_queue(self) -> str:
        return f"{self.queue}.dead"


def on(events: type[Event] | Sequence[type[Event]], queue: str, handler: Handler) -> Subscription:
    """One line of a service's contents page of what it hears."""
    return Subscription((events,) if isinstance(events, type) else tuple(events), queue, handler)


def retry_exchange(delay: float) -> str:
    return f"retry.{delay:g}s"


def quorum(dead_letter_exchange: str, **more: Any) -> Arguments:
    """Arguments of a queue that loses nothing: replicated, and dead-lettering only once the copy is confirmed."""
    return {
        "x-queue-type": "quorum",
        "x-dead-letter-exchange": dead_letter_exchange,
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
        **more,
    }


async def declare_exchange(channel: AbstractChannel) -> AbstractExchange:
    """The exchange that all events are published to. What nobody hears goes to `events.unheard`."""
    unheard = await channel.declare_exchange(UNHEARD, ExchangeType.FANOUT, durable=True)
    bounded: Arguments = {**PARKED, "x-max-length": 100_000}
    await (await channel.declare_queue(UNHEARD, durable=True, arguments=bounded)).bind(unheard)
    arguments: Arguments = {"alternate-exchange": UNHEARD}
    return await channel.declare_exchange(EXCHANGE, ExchangeType.TOPIC, durable=True, arguments=arguments)


async def declare(amqp_url: str, subscriptions: Sequence[Subscription]) -> None:
    """Declare and bind all that `subscriptions` need. Again is harmless; done before anybody publishes.

    Raises one of BROKER_ERRORS, after DECLARE_SECONDS at the latest.
    """
    async with (
        asyncio.timeout(DECLARE_SECONDS),
        closing(await connect(amqp_url, "topology")) as connection,
        connection.channel() as channel,
    ):
        events = await declare_exchange(channel)
        dead = await channel.declare_exchange(DEAD_EXCHANGE, ExchangeType.DIRECT, durable=True)
        for delay in RETRY_DELAYS:
            await _declare_retry(channel, delay)
        for subscription in subscriptions:
            await _declare_queue(channel, events, dead, subscription)


async def _declare_retry(channel: AbstractChannel, delay: float) -> None:
    """Published here under a queue's name, a message comes back to that queue alone after `delay` seconds."""
    name = retry_exchange(delay)
    exchange = await channel.declare_exchange(name, ExchangeType.FANOUT, durable=True)
    arguments = quorum("", **{"x-message-ttl": int(delay * 1000)})
    await (await channel.declare_queue(name, durable=True, arguments=arguments)).bind(exchange)


async def _declare_queue(
    channel: AbstractChannel, events: AbstractExchange, dead: AbstractExchange, subscription: Subscription
) -> None:
    parked = await channel.declare_queue(subscription.dead_queue, durable=True, arguments=PARKED)
    await parked.bind(dead, subscription.queue)
    more = {"x-dead-letter-routing-key": subscription.queue, "x-delivery-limit": DELIVERY_LIMIT}
    queue = await channel.declare_queue(subscription.queue, durable=True, arguments=quorum(DEAD_EXCHANGE, **more))
    for event in subscription.events:
        await queue.bind(events, event.key)
