"""A broker that dies, blocks, or loses a consumer: everything comes back by itself, and nothing is lost."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import aio_pika
import pytest
from aio_pika import Message
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage
from aio_pika.exceptions import ChannelNotFoundEntity
from chassis import consumer, outbox, publisher, topology, watchdog
from chassis.broker import BROKER_ERRORS
from chassis.clock import new_id
from chassis.db import Database, Tx
from chassis.outbox import Relay
from chassis.publisher import Publisher
from chassis.testing import PATIENCE, until
from chassis.topology import Subscription, on
from chassis.watchdog import Consumers
from contracts import Envelope
from faststream.rabbit import RabbitBroker
from local_stack import Stack
from prometheus_client import REGISTRY
from sqlalchemy import text

from .conftest import all_sent, made, rabbitmqctl
from .example_events import ThingMade
from .handled import Handled
from .proxy import proxied

BACK_SECONDS = 90
"""A consumer that is gone is promised to be back within 30; a busy machine is given more."""


async def next_in(channel: AbstractChannel, queue: str) -> AbstractIncomingMessage:
    """One message, taken and not acknowledged; a moment after a connection ended it may still be on its way back."""
    source = await channel.get_queue(queue)
    async with asyncio.timeout(PATIENCE):
        while (taken := await source.get(fail=False)) is None:  # noqa: ASYNC110 - what is awaited is the broker's
            await asyncio.sleep(0.05)
    return taken


@asynccontextmanager
async def running(db: Database, amqp_url: str, subscriptions: Sequence[Subscription]) -> AsyncIterator[Consumers]:
    """A relay, and consumers that are complete."""
    stopping = asyncio.Event()
    async with Publisher(amqp_url, "test") as publisher, asyncio.TaskGroup() as group:
        consumers = Consumers(amqp_url, db, publisher, subscriptions)
        group.create_task(Relay(db, publisher).run(stopping))
        group.create_task(consumers.run(stopping))
        try:
            await complete(consumers)
            yield consumers
        finally:
            stopping.set()


async def complete(consumers: Consumers, seconds: float = PATIENCE) -> None:
    async def yes() -> bool:
        return consumers.complete

    await until(yes, seconds)


async def publish(db: Database, number: int = 1) -> set[UUID]:
    things = [made() for _ in range(number)]
    async with db.transaction() as tx:
        tx.publish(*things)
    return {thing.id for thing in things}


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[RabbitBroker]:
    """FastStream's brokers, as they are begun."""
    brokers: list[RabbitBroker] = []

    @asynccontextmanager
    async def consuming(*arguments: Any) -> AsyncIterator[RabbitBroker]:
        async with consumer.consuming(*arguments) as broker:
            brokers.append(broker)
            yield broker

    monkeypatch.setattr(watchdog, "consuming", consuming)
    return brokers


async def own_channel_closed(broker: RabbitBroker, _channel: AbstractChannel, _queue: str) -> None:
    """As after an error from which the library does not come back: closed, and nobody is told."""
    await broker.subscribers[0]._queue_obj.channel.close()  # type: ignore[attr-defined]


async def acknowledged_twice(broker: RabbitBroker, _channel: AbstractChannel, _queue: str) -> None:
    """The broker closes the channel."""
    channel = await broker.subscribers[0]._queue_obj.channel.get_underlay_channel()  # type: ignore[attr-defined]
    await channel.basic_ack(4711)


async def queue_deleted(_broker: RabbitBroker, channel: AbstractChannel, queue: str) -> None:
    """With its bindings; nobody but the watchdog declares it again."""
    await channel.queue_delete(queue)


@pytest.mark.parametrize("harm", [own_channel_closed, acknowledged_twice, queue_deleted])
async def test_a_consumer_that_vanished_comes_back_by_itself(
    db: Database,
    amqp_url: str,
    queue_name: str,
    channel: AbstractChannel,
    opened: list[RabbitBroker],
    harm: Callable[[RabbitBroker, AbstractChannel, str], Awaitable[None]],
) -> None:
    handled = Handled()
    async with running(db, amqp_url, [on(ThingMade, queue_name, handled)]) as consumers:
        await harm(opened[0], channel, queue_name)

        async def back() -> bool:
            try:
                found = await channel.declare_queue(queue_name, passive=True)
            except Exception:  # noqa: BLE001 - deleted: the channel is then opened anew
                await channel.reopen()
                return False
            return found.declaration_result.consumer_count == 1

        await until(back, BACK_SECONDS)
        await complete(consumers)
        await handled.all_of(await publish(db, 20))
    assert len(handled.ids) == len(set(handled.ids))


async def test_a_consumer_that_is_gone_is_told_of_by_readiness_and_a_metric(
    db: Database, amqp_url: str, queue_name: str, opened: list[RabbitBroker], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watchdog, "CHECK_SECONDS", 0.2)
    seen: list[tuple[bool, float | None]] = []
    async with running(db, amqp_url, [on(ThingMade, queue_name, Handled())]) as consumers:
        await own_channel_closed(opened[0], None, queue_name)  # type: ignore[arg-type]

        async def gone_and_back() -> bool:
            seen.append((consumers.complete, REGISTRY.get_sample_value("queue_consumers", {"queue": queue_name})))
            return (False, 0.0) in seen and seen[-1] == (True, 1.0)

        await until(gone_and_back)


async def test_what_is_not_asked_of_a_broker_that_is_away_is_told_as_nobody(
    db: Database, amqp_url: str, queue_name: str
) -> None:
    def consumers_counted() -> float | None:
        return REGISTRY.get_sample_value("queue_consumers", {"queue": queue_name})

    async def nobody() -> bool:
        return consumers_counted() == 0

    heard = on(ThingMade, queue_name, Handled())
    async with proxied(amqp_url) as broker, running(db, broker.url(amqp_url), [heard]):
        assert consumers_counted() == 1
        broker.close()
        await until(nobody)


class Unconfirmed(Publisher):
    """A broker that confirms the first event, and no other."""

    connected = True
    confirmed = False

    async def publish(self, exchange: str, routing_key: str, message: Message) -> None:
        if self.confirmed:
            raise TimeoutError
        self.confirmed = True


@pytest.mark.parametrize(("publisher", "left"), [(Publisher, 3), (Unconfirmed, 2)])
async def test_events_that_wait_are_counted_though_the_broker_is_away_and_beyond_a_batch(
    db: Database, monkeypatch: pytest.MonkeyPatch, publisher: type[Publisher], left: int
) -> None:
    monkeypatch.setattr(outbox, "BATCH", 1)
    await publish(db, 3)
    stopping = asyncio.Event()
    relay = asyncio.create_task(Relay(db, publisher("amqp://127.0.0.1:1/", "test")).run(stopping))

    async def counted() -> bool:
        return REGISTRY.get_sample_value("outbox_unsent", {"service": "example"}) == left

    await until(counted)
    stopping.set()
    await relay


async def test_a_broker_killed_and_started_again_loses_nothing(
    db: Database, amqp_url: str, queue_name: str, infrastructure: Stack
) -> None:
    handled = Handled()
    heard = on(ThingMade, queue_name, handled)
    await topology.declare(amqp_url, [heard])
    await infrastructure.restart("rabbitmq")  # RabbitMQ 3.10 loses the queue declared last when it is killed soon after
    async with running(db, amqp_url, [heard]) as consumers:
        told = await publish(db, 200)
        await infrastructure.kill("rabbitmq")
        told |= await publish(db, 200)
        await infrastructure.start("rabbitmq")
        await handled.all_of(told, BACK_SECONDS)
        await complete(consumers, BACK_SECONDS)
        told |= await publish(db, 20)
        await handled.all_of(told)
        await all_sent(db)
    async with db.reading() as session:
        claimed = await session.scalar(
            text("SELECT count(*) FROM inbox WHERE consumer = :queue"), {"queue": queue_name}
        )
    assert claimed == len(told)


@asynccontextmanager
async def alarm(stack: Stack) -> AsyncIterator[None]:
    """The broker takes nothing that is published: its memory is said to be full."""
    await rabbitmqctl(stack, "set_vm_memory_high_watermark", "0")
    try:
        yield
    finally:
        await rabbitmqctl(stack, "set_vm_memory_high_watermark", "0.4")


@pytest.mark.timeout(600)
async def test_under_an_alarm_a_publish_gives_up_in_time_and_goes_on_afterwards(
    db: Database, amqp_url: str, queue_name: str, infrastructure: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    handled, failures = Handled(), 0

    async def handler(tx: Tx, envelope: Envelope[Any]) -> None:
        nonlocal failures
        if blocked and envelope.data.name == "set aside":
            failures += 1
            raise ValueError("not while the alarm lasts")
        await handled(tx, envelope)

    blocked = True
    heard = on(ThingMade, queue_name, handler)
    async with Publisher(amqp_url, "test") as willing:
        await topology.declare(amqp_url, [heard])
        waiting = made(name="set aside")
        envelope = Envelope[ThingMade].around(waiting, id=new_id(), time=db.clock.now())
        await willing.publish(topology.EXCHANGE, ThingMade.key, Message(envelope.to_json()))
        async with alarm(infrastructure):
            told = {waiting.id} | await publish(db, 300)
            monkeypatch.setattr(publisher, "PUBLISH_SECONDS", 0.5)
            monkeypatch.setattr(outbox, "BATCH_SECONDS", 0.5)
            async with asyncio.timeout(PATIENCE):
                assert (await Relay(db, willing).publish_batch())[0] == 0
            async with running(db, amqp_url, [heard]):

                async def given_up_twice() -> bool:
                    return failures > 1

                await until(given_up_twice)
        blocked = False
    monkeypatch.setattr(publisher, "PUBLISH_SECONDS", PATIENCE)
    monkeypatch.setattr(outbox, "BATCH_SECONDS", PATIENCE)
    async with running(db, amqp_url, [heard]):
        await handled.all_of(told)
        await all_sent(db, 3 * PATIENCE)  # a publish that hangs is given up first
    assert len(handled.ids) == len(told)


async def test_a_message_is_not_parked_because_its_database_is_away(
    db: Database, amqp_url: str, queue_name: str, infrastructure: Stack, channel: AbstractChannel
) -> None:
    handled, tries = Handled(), 0

    async def handler(tx: Tx, envelope: Envelope[Any]) -> None:
        nonlocal tries
        tries += 1
        if tries <= len(topology.RETRY_DELAYS) + 2:
            raise ConnectionRefusedError
        await handled(tx, envelope)

    async with running(db, amqp_url, [on(ThingMade, queue_name, handler)]):
        await handled.all_of(await publish(db))
    parked = await channel.declare_queue(f"{queue_name}.dead", passive=True)
    assert parked.declaration_result.message_count == 0


async def test_what_always_kills_who_handles_it_is_parked_by_the_broker(
    db: Database, amqp_url: str, queue_name: str, channel: AbstractChannel
) -> None:
    """A handler's death is what the broker sees of it: the connection ends, and nothing was acknowledged."""
    handled = Handled()
    subscription = on(ThingMade, queue_name, handled)
    await topology.declare(amqp_url, [subscription])
    await channel.default_exchange.publish(Message(b"deadly"), queue_name)
    for _ in range(topology.DELIVERY_LIMIT + 1):
        async with await aio_pika.connect(amqp_url) as dying:
            await next_in(await dying.channel(), queue_name)
    async with running(db, amqp_url, [subscription]):
        await handled.all_of(await publish(db))
    parked = await next_in(channel, f"{queue_name}.dead")
    assert parked.body == b"deadly"
    assert "delivery_limit" in str(parked.headers["x-death"])


async def test_a_publish_that_waits_for_a_broker_ends(amqp_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publisher, "PUBLISH_SECONDS", 0.2)
    async with Publisher("amqp://127.0.0.1:1/", "test") as unconnected:
        assert not unconnected.connected
        with pytest.raises(TimeoutError):
            await unconnected.publish(topology.EXCHANGE, ThingMade.key, Message(b""))


async def test_a_publisher_whose_channel_was_closed_opens_another(amqp_url: str) -> None:
    await topology.declare(amqp_url, [])
    async with Publisher(amqp_url, "test") as used:
        with pytest.raises(ChannelNotFoundEntity):
            await used.publish("an exchange that is not there", "key", Message(b""))

        async def published() -> bool:
            try:
                await used.publish(topology.EXCHANGE, ThingMade.key, Message(b"{}"))
            except BROKER_ERRORS:
                return False
            return True

        await until(published)
