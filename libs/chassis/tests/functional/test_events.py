"""From a committed fact to its effect elsewhere: outbox, relay, topology, consumer, inbox."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aio_pika import Message
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage
from chassis import topology
from chassis.clock import new_id
from chassis.consumer import consuming
from chassis.db import Database, NotTheOwner, Tx
from chassis.outbox import Relay
from chassis.publisher import Publisher
from chassis.testing import PATIENCE, told
from chassis.topology import Subscription, on
from contracts import Envelope
from sqlalchemy import text

from .conftest import made
from .example_events import Foreign, ThingBroken, ThingMade


async def publish(db: Database, *events: ThingMade | ThingBroken) -> None:
    async with db.transaction() as tx:
        tx.publish(*events)


async def next_message(channel: AbstractChannel, queue: str) -> AbstractIncomingMessage:
    """Take one message from `queue`, waiting for it."""
    source = await channel.get_queue(queue)
    async with asyncio.timeout(PATIENCE), source.iterator() as messages:
        async for message in messages:
            await message.ack()
            return message
    raise AssertionError("the iterator ended")


class Recorder:
    """A handler that notes what it handled, and fails as often as it is told to."""

    def __init__(self, failures: int = 0) -> None:
        self.handled: list[Envelope[Any]] = []
        self.calls = 0
        self._failures = failures
        self._changed = asyncio.Condition()

    async def __call__(self, _tx: Tx, envelope: Envelope[Any]) -> None:
        async with self._changed:
            self.calls += 1
            if self.calls > self._failures:
                self.handled.append(envelope)
            self._changed.notify_all()
        if self.calls <= self._failures:
            raise ValueError("not today")

    async def until(self, condition: Callable[["Recorder"], bool]) -> None:
        async with asyncio.timeout(PATIENCE), self._changed:
            await self._changed.wait_for(lambda: condition(self))


async def run(
    db: Database, amqp_url: str, subscription: Subscription, body: Callable[[Publisher], Awaitable[None]]
) -> None:
    async with Publisher(amqp_url, "test") as publisher, consuming(amqp_url, db, publisher, [subscription]):
        await body(publisher)


async def test_a_committed_fact_is_published_and_handled(db: Database, amqp_url: str, queue_name: str) -> None:
    recorder, event = Recorder(), made(name="Käse ✓")

    async def body(publisher: Publisher) -> None:
        await publish(db, event)
        assert await Relay(db, publisher).publish_batch() == (1, 0)
        await recorder.until(lambda r: len(r.handled) == 1)

    await run(db, amqp_url, on(ThingMade, queue_name, recorder), body)
    envelope = recorder.handled[0]
    assert envelope.data == event
    assert (envelope.source, envelope.type) == ("/example", "tempages.example.thing.made.v1")
    assert envelope.subject == str(event.id)


async def test_a_rolled_back_fact_is_never_told(db: Database) -> None:
    async def fail() -> None:
        async with db.transaction() as tx:
            tx.publish(made())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await told(db, ThingMade) == []


async def test_only_the_owner_tells_its_events(db: Database) -> None:
    async with db.transaction() as tx:
        with pytest.raises(NotTheOwner):
            tx.publish(Foreign(id=new_id(), version=1))


async def test_a_message_that_comes_twice_takes_effect_once(
    db: Database, amqp_url: str, queue_name: str, channel: AbstractChannel
) -> None:
    recorder = Recorder()

    async def body(publisher: Publisher) -> None:
        envelope = Envelope[ThingMade].around(made(), id=new_id(), time=db.clock.now())
        for _ in range(2):
            await publisher.publish(topology.EXCHANGE, ThingMade.key, Message(envelope.to_json()))
        last = Envelope[ThingMade].around(made(name="last"), id=new_id(), time=db.clock.now())
        await publisher.publish(topology.EXCHANGE, ThingMade.key, Message(last.to_json()))
        await recorder.until(lambda r: any(e.data.name == "last" for e in r.handled))

    await run(db, amqp_url, on(ThingMade, queue_name, recorder), body)
    assert len(recorder.handled) == 2


async def test_a_handler_that_fails_is_tried_again_later(db: Database, amqp_url: str, queue_name: str) -> None:
    recorder = Recorder(failures=2)

    async def body(publisher: Publisher) -> None:
        await publish(db, made())
        await Relay(db, publisher).publish_batch()
        await recorder.until(lambda r: len(r.handled) == 1)

    await run(db, amqp_url, on(ThingMade, queue_name, recorder), body)
    assert recorder.calls == 3


async def test_what_fails_every_time_is_parked_with_its_error_and_neighbours_proceed(
    db: Database, amqp_url: str, queue_name: str, channel: AbstractChannel
) -> None:
    poison, good = made(name="poison"), made(name="good")
    handled = Recorder()

    async def handler(tx: Tx, envelope: Envelope[Any]) -> None:
        if envelope.data.name == "poison":
            raise ValueError("this one never works")
        await handled(tx, envelope)

    async def body(publisher: Publisher) -> None:
        await publish(db, poison, good)
        await Relay(db, publisher).publish_batch()
        await handled.until(lambda r: len(r.handled) == 1)
        parked = await next_message(channel, f"{queue_name}.dead")
        assert parked.headers["x-attempt"] == 3
        assert parked.headers["x-error-type"] == "ValueError"
        assert parked.headers["x-error"] == "this one never works"
        assert ThingMade.key.encode() in parked.body

    await run(db, amqp_url, on(ThingMade, queue_name, handler), body)


async def test_what_is_parked_may_be_looked_at_a_million_times(
    amqp_url: str, queue_name: str, channel: AbstractChannel
) -> None:
    """The broker refuses to declare a queue again with a limit that it does not have."""
    await topology.declare(amqp_url, [on(ThingMade, queue_name, Recorder())])
    limited: topology.Arguments = {"x-queue-type": "quorum", "x-delivery-limit": 1_000_000}
    await channel.declare_queue(f"{queue_name}.dead", durable=True, arguments=limited)


async def test_a_body_that_is_no_event_is_parked_at_once(
    db: Database, amqp_url: str, queue_name: str, channel: AbstractChannel
) -> None:
    recorder = Recorder()

    async def body(publisher: Publisher) -> None:
        await publisher.publish(topology.EXCHANGE, ThingMade.key, Message(b"{not json"))
        parked = await next_message(channel, f"{queue_name}.dead")
        assert parked.headers["x-attempt"] == 1
        assert parked.headers["x-error-type"] == "Undecodable"

    await run(db, amqp_url, on(ThingMade, queue_name, recorder), body)
    assert recorder.calls == 0


async def test_an_event_that_only_a_newer_release_takes_waits_for_it(
    db: Database, amqp_url: str, queue_name: str, channel: AbstractChannel
) -> None:
    recorder = Recorder()
    told = Envelope.around(ThingBroken(id=new_id(), version=1), id=new_id(), time=db.clock.now())

    async def body(publisher: Publisher) -> None:
        await publisher.publish(topology.EXCHANGE, ThingMade.key, Message(told.to_json()))
        parked = await next_message(channel, f"{queue_name}.dead")
        assert parked.headers["x-attempt"] == 3
        assert parked.headers["x-error-type"] == "Unexpected"

    await run(db, amqp_url, on(ThingMade, queue_name, recorder), body)
    assert recorder.calls == 0


async def test_what_nobody_hears_is_kept(db: Database, amqp_url: str, channel: AbstractChannel) -> None:
    await topology.declare(amqp_url, [])
    await (await channel.get_queue(topology.UNHEARD)).purge()
    event = ThingBroken(id=new_id(), version=1)
    async with Publisher(amqp_url, "test") as publisher:
        await publish(db, event)
        assert await Relay(db, publisher).publish_batch() == (1, 0)
    kept = await next_message(channel, topology.UNHEARD)
    assert kept.routing_key == ThingBroken.key


async def test_the_first_failure_of_an_aggregate_holds_back_its_later_events(db: Database, amqp_url: str) -> None:
    thing, other = new_id(), new_id()
    await topology.declare(amqp_url, [])
    await publish(db, made(thing, 1), made(thing, 2), made(other, 1))
    published: list[str] = []

    class Refusing(Publisher):
        async def publish(self, exchange: str, routing_key: str, message: Message) -> None:
            if str(thing).encode() in message.body:
                raise TimeoutError
            published.append(routing_key)

    async with Refusing(amqp_url, "test") as publisher:
        assert await Relay(db, publisher).publish_batch() == (1, 1)
    assert len(published) == 1
    async with Publisher(amqp_url, "test") as willing:
        assert await Relay(db, willing).publish_batch() == (2, 0)


async def test_of_two_relays_one_works_and_the_other_stands_by(db: Database, amqp_url: str) -> None:
    await topology.declare(amqp_url, [])
    await publish(db, *(made() for _ in range(20)))
    async with Publisher(amqp_url, "one") as publisher, db.transaction() as holder:
        await holder.session.execute(text("SELECT pg_advisory_xact_lock(hashtext('outbox'))"))
        assert await Relay(db, publisher).publish_batch() == (0, 0)
    async with Publisher(amqp_url, "two") as publisher:
        relays = [Relay(db, publisher), Relay(db, publisher)]
        results = await asyncio.gather(*(relay.publish_batch() for relay in relays))
    assert sum(sent for sent, _ in results) == 20


async def test_a_running_relay_is_woken_by_the_commit(db: Database, amqp_url: str, queue_name: str) -> None:
    recorder, stopping = Recorder(), asyncio.Event()

    async def body(publisher: Publisher) -> None:
        relay = asyncio.create_task(Relay(db, publisher).run(stopping))
        await publish(db, made())
        await recorder.until(lambda r: len(r.handled) == 1)
        stopping.set()
        await relay

    await run(db, amqp_url, on(ThingMade, queue_name, recorder), body)
