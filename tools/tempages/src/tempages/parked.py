"""What could not be handled: the messages in each handler's dead queue."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Annotated, Any, TypeVar

import typer
import uvicorn
from chassis import parked
from chassis.broker import BROKER_ERRORS

from tempages.dead_queues import dead_queue, queues
from tempages.http import create_app
from tempages.operators import OperatorToken
from tempages.services import setting

app = typer.Typer(no_args_is_help=True, help=__doc__)

Handler = Annotated[str, typer.Argument(help="The handler, as `list` shows it: leads.mirror-page, or events.unheard.")]
MessageId = Annotated[str | None, typer.Option("--id", help="One message alone, by its id.")]
All = Annotated[bool, typer.Option("--all", help="Every message of the handler.")]
Answer = TypeVar("Answer")
Act = Callable[[str, str, str | None], Coroutine[Any, Any, int]]


@app.callback()
def group() -> None:
    """Look at what could not be handled, hand it back, or drop it."""


@app.command("list")
def list_parked() -> None:
    """How many messages each dead queue holds, and how many events nobody is bound for."""
    counts = _answered(parked.count(setting("AMQP_URL"), queues()))
    width = max(map(len, counts))
    for queue, messages in counts.items():
        typer.echo(f"{queue:<{width}}  {'not declared' if messages is None else messages}")


@app.command()
def show(handler: Handler) -> None:
    """Each message with its error, and its body."""
    queue = _queue(handler)
    found = _answered(parked.show(setting("AMQP_URL"), queue))
    for message in found:
        typer.echo(f"{message.id}  {message.type}  tried {message.attempts}  {message.error_type}: {message.error}")
        typer.echo(f"  {message.body}")
    typer.echo(f"{queue}: {len(found)} parked")


@app.command()
def replay(handler: Handler, message_id: MessageId = None, every: All = False) -> None:
    """Hand messages back to their handler, as if never tried."""
    _act(parked.replay, handler, message_id, every, "handed back")


@app.command()
def drop(handler: Handler, message_id: MessageId = None, every: All = False) -> None:
    """Forget messages for good: what they told will have no effect on this handler."""
    _act(parked.drop, handler, message_id, every, "dropped")


@app.command()
def serve(host: str = "127.0.0.1", port: int = 8900) -> None:
    """The same over HTTP, for whoever bears OPERATOR_TOKEN."""
    try:
        token = OperatorToken(setting("OPERATOR_TOKEN"))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    uvicorn.run(create_app(setting("AMQP_URL"), token), host=host, port=port, access_log=False, server_header=False)


def _act(act: Act, handler: str, message_id: str | None, every: bool, done: str) -> None:
    if every == (message_id is not None):
        raise typer.BadParameter("say either --id or --all")
    queue = _queue(handler)
    number = _answered(act(setting("AMQP_URL"), queue, message_id))
    typer.echo(f"{queue}: {number} {done}")
    if message_id is not None and not number:
        raise typer.Exit(1)


def _answered(asked: Coroutine[Any, Any, Answer]) -> Answer:
    """What the broker answers; ends the command, in one line, when it does not."""
    try:
        return asyncio.run(asked)
    except parked.NoSuchQueue as error:
        raise typer.BadParameter(f"{error} is not declared") from error
    except BROKER_ERRORS as error:
        typer.echo(f"the broker does not answer: {str(error) or type(error).__name__}", err=True)
        raise typer.Exit(1) from error


def _queue(handler: str) -> str:
    try:
        return dead_queue(handler)
    except LookupError as error:
        raise typer.BadParameter(f"nothing called {handler} hears here") from error
