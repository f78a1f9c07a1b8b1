"""What could not be handled: the messages in each handler's dead queue."""

import asyncio

import aio_pika
import typer
from aio_pika.exceptions import ChannelNotFoundEntity
from chassis.topology import UNHEARD

from tempages.services import chosen, setting, subscriptions

app = typer.Typer(no_args_is_help=True, help=__doc__)


@app.callback()
def group() -> None:
    """Look at what could not be handled."""


@app.command("list")
def list_parked() -> None:
    """How many messages each dead queue holds, and how many events nobody is bound for."""
    queues = [heard.dead_queue for service in chosen(None) for heard in subscriptions(service)]
    counts = asyncio.run(count(setting("AMQP_URL"), [*queues, UNHEARD]))
    width = max(map(len, counts))
    for queue, messages in counts.items():
        typer.echo(f"{queue:<{width}}  {'not declared' if messages is None else messages}")


async def count(amqp_url: str, queues: list[str]) -> dict[str, int | None]:
    """Messages ready in each of `queues`; None where it does not exist."""
    async with await aio_pika.connect(amqp_url, timeout=10) as connection:
        return {queue: await _count_one(connection, queue) for queue in queues}


async def _count_one(connection: aio_pika.abc.AbstractConnection, queue: str) -> int | None:
    # A channel of its own: asking for a queue that does not exist closes it.
    channel = await connection.channel()
    try:
        found = await channel.declare_queue(queue, passive=True)
    except ChannelNotFoundEntity:
        return None
    await channel.close()
    return found.declaration_result.message_count
