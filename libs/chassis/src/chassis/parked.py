"""What could not be handled: a dead queue's messages, looked at, handed back to their handler, or dropped."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractIncomingMessage, DeliveryMode
from aio_pika.exceptions import ChannelNotFoundEntity

from chassis import topology
from chassis.broker import closing, connect

COMMAND_SECONDS = 60
"""Then the broker is said not to answer; what a command had not done by then is as it was."""
MOST = 1000
"""Messages that one command takes up at most; run it again for more."""
_ADDED = frozenset({"x-attempt", "x-error-type", "x-error", "x-death", "x-delivery-count", "x-acquired-count"})


class NoSuchQueue(LookupError):
    """The broker has no queue of that name."""


@dataclass(frozen=True)
class ParkedMessage:
    """One message as an operator sees it. `error` is None where the handler killed its process."""

    id: str | None
    type: str | None
    attempts: int | None
    error_type: str | None
    error: str | None
    body: str


async def count(amqp_url: str, queues: Sequence[str]) -> dict[str, int | None]:
    """Messages ready in each of `queues`; None where it does not exist."""
    async with asyncio.timeout(COMMAND_SECONDS), closing(await connect(amqp_url, "parked")) as connection:
        return {queue: await _count_one(connection, queue) for queue in queues}


async def show(amqp_url: str, queue: str) -> list[ParkedMessage]:
    """The messages of `queue`, which stay where they are; raises NoSuchQueue."""
    async with _taken(amqp_url, queue, None) as (_, messages):
        return [_described(message) for message in messages]


async def replay(amqp_url: str, queue: str, message_id: str | None = None) -> int:
    """Hand `message_id` (all without it) back to the handler, as if never tried; how many. Raises NoSuchQueue.

    A message leaves `queue` only once the broker has confirmed the copy.
    """
    async with _taken(amqp_url, queue, message_id) as (channel, messages):
        for message in messages:
            await _hand_back(channel, queue, message)
            await message.ack()
        return len(messages)


async def drop(amqp_url: str, queue: str, message_id: str | None = None) -> int:
    """Forget `message_id` (all without it); how many. Raises NoSuchQueue."""
    async with _taken(amqp_url, queue, message_id) as (_, messages):
        for message in messages:
            await message.ack()
        return len(messages)


@asynccontextmanager
async def _taken(
    amqp_url: str, queue: str, message_id: str | None
) -> AsyncIterator[tuple[AbstractChannel, list[AbstractIncomingMessage]]]:
    """Hold the messages of `queue` while inside; what is not acknowledged by then goes back to its place."""
    async with asyncio.timeout(COMMAND_SECONDS), closing(await connect(amqp_url, "parked")) as connection:
        channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
        try:
            source = await channel.declare_queue(queue, passive=True)
        except ChannelNotFoundEntity as error:
            raise NoSuchQueue(queue) from error
        held: list[AbstractIncomingMessage] = []
        while len(held) < MOST and (message := await source.get(fail=False, timeout=10)) is not None:
            held.append(message)
        yield channel, [message for message in held if message_id in (None, message.message_id)]


async def _hand_back(channel: AbstractChannel, queue: str, message: AbstractIncomingMessage) -> None:
    """To the one handler whose dead queue it lay in; what nobody had heard goes to everybody again."""
    copy = aio_pika.Message(
        message.body,
        headers={name: value for name, value in message.headers.items() if name not in _ADDED},
        content_type=message.content_type,
        delivery_mode=DeliveryMode.PERSISTENT,
        message_id=message.message_id,
        type=message.type,
        timestamp=message.timestamp,
        app_id=message.app_id,
    )
    if queue == topology.UNHEARD:
        target = await channel.get_exchange(topology.EXCHANGE, ensure=False)
        await target.publish(copy, message.routing_key or "", timeout=10)
    else:
        await channel.default_exchange.publish(copy, queue.removesuffix(".dead"), timeout=10)


def _described(message: AbstractIncomingMessage) -> ParkedMessage:
    headers = message.headers
    attempts = headers.get("x-attempt")
    return ParkedMessage(
        id=message.message_id,
        type=message.type,
        attempts=None if attempts is None else int(str(attempts)),
        error_type=_text(headers.get("x-error-type")),
        error=_text(headers.get("x-error")),
        body=message.body.decode(errors="replace"),
    )


def _text(header: object) -> str | None:
    return None if header is None else str(header)


async def _count_one(connection: AbstractConnection, queue: str) -> int | None:
    # A channel of its own: asking for a queue that does not exist closes it.
    channel = await connection.channel()
    try:
        found = await channel.declare_queue(queue, passive=True)
    except ChannelNotFoundEntity:
        return None
    await channel.close()
    return found.declaration_result.message_count
