"""The AsyncAPI document of a service: what it hears, by queue, and what it tells."""

import json
from collections.abc import Sequence
from typing import Any

from contracts import Envelope, Event
from contracts.event import CONTENT_TYPE
from faststream.rabbit import ExchangeType, RabbitBroker, RabbitExchange, RabbitQueue
from faststream.specification import AsyncAPI

from chassis.topology import EXCHANGE, Subscription


def document(name: str, version: str, tells: Sequence[type[Event]], hears: Sequence[Subscription]) -> dict[str, Any]:
    """AsyncAPI 3.0, as JSON values. Only described: nothing is connected."""
    broker = RabbitBroker("amqp://localhost/", description="RabbitMQ: topic exchange `events`", logger=None)
    exchange = RabbitExchange(EXCHANGE, type=ExchangeType.TOPIC)
    for subscription in hears:
        for event in subscription.events:
            _describe_heard(broker, exchange, subscription.queue, event)
    for event in tells:
        broker.publisher(
            routing_key=event.key,
            exchange=exchange,
            persist=True,
            schema=Envelope[event],  # type: ignore[valid-type]
            title=event.__name__,
            description=_summary(event),
        )
    specification = AsyncAPI(
        broker, title=f"Temporary Pages: {name}", version=version, schema_version="3.0.0"
    ).to_specification()
    value: dict[str, Any] = json.loads(specification.to_json())
    value["defaultContentType"] = CONTENT_TYPE
    return value


def _describe_heard(broker: RabbitBroker, exchange: RabbitExchange, queue: str, event: type[Event]) -> None:
    async def handle(message: Any) -> None:
        """Described by its event."""

    handle.__annotations__["message"] = Envelope[event]  # type: ignore[valid-type]
    subscriber = broker.subscriber(
        RabbitQueue(queue, routing_key=event.key),
        exchange,
        title=f"{queue} {event.__name__}",
        description=_summary(event),
    )
    subscriber(handle)


def _summary(event: type[Event]) -> str:
    return (event.__doc__ or event.__name__).strip().splitlines()[0]
