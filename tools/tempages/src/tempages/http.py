"""`tempages parked` over HTTP, for operators: on an address of its own, never behind the public edge."""

from collections.abc import Awaitable
from typing import Annotated, TypeVar

from chassis import errors, parked
from chassis.api import RequestModel, ResponseModel
from chassis.broker import BROKER_ERRORS
from chassis.documents import SERVERS, App
from chassis.errors import NotFound, Problem, Unauthorized
from chassis.problems import problems
from fastapi import APIRouter, Depends, FastAPI, Query, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from tempages.dead_queues import dead_queue, queues
from tempages.operators import OperatorToken

Credentials = Annotated[
    HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False, description="OPERATOR_TOKEN"))
]


class Queue(ResponseModel):
    """`messages` is null where the queue has not been declared."""

    queue: str
    messages: int | None


class Message(ResponseModel):
    id: str | None
    type: str | None
    attempts: int | None
    error_type: str | None
    error: str | None
    body: str


class Which(RequestModel):
    """One message by its id; without, all of the handler's."""

    id: str | None = None


class Done(ResponseModel):
    messages: int


class BrokerAway(Problem):
    status, slug, title = 503, "broker-away", "The broker does not answer"


Answer = TypeVar("Answer")


async def answered(asked: Awaitable[Answer]) -> Answer:
    """What the broker answers; raises NotFound for a queue that is not declared, and BrokerAway."""
    try:
        return await asked
    except parked.NoSuchQueue as error:
        raise NotFound(f"{error} is not declared") from error
    except BROKER_ERRORS as error:
        raise BrokerAway(retry_after=5) from error


def operator(request: Request, credentials: Credentials) -> None:
    """Refuse whoever does not bear the operators' token."""
    token: OperatorToken = request.app.state.token
    if credentials is None or not token.is_borne_by(credentials.credentials):
        raise Unauthorized


def declared(handler: str) -> str:
    try:
        return dead_queue(handler)
    except LookupError as error:
        raise NotFound from error


Declared = Annotated[str, Depends(declared)]
router = APIRouter(prefix="/v1/parked", tags=["parked"], dependencies=[Depends(operator)], responses=problems(401, 503))


@router.get("", summary="How many messages each dead queue holds")
async def list_parked(request: Request) -> list[Queue]:
    counts = await answered(parked.count(request.app.state.amqp_url, queues()))
    return [Queue(queue=queue, messages=messages) for queue, messages in counts.items()]


@router.get("/{handler}", summary="A handler's parked messages", responses=problems(404))
async def show_parked(request: Request, queue: Declared) -> list[Message]:
    found = await answered(parked.show(request.app.state.amqp_url, queue))
    return [Message.model_validate(message) for message in found]


@router.post("/{handler}/replay", summary="Hand messages back to their handler", responses=problems(404, 422))
async def replay_parked(request: Request, queue: Declared, which: Which) -> Done:
    return _done(await answered(parked.replay(request.app.state.amqp_url, queue, which.id)), which.id)


@router.delete("/{handler}", summary="Forget messages for good: one by its id, or all", responses=problems(404))
async def drop_parked(
    request: Request, queue: Declared, message_id: Annotated[str | None, Query(alias="id")] = None
) -> Done:
    return _done(await answered(parked.drop(request.app.state.amqp_url, queue, message_id)), message_id)


def _done(messages: int, message_id: str | None) -> Done:
    if message_id is not None and not messages:
        raise NotFound
    return Done(messages=messages)


def create_app(amqp_url: str, token: OperatorToken) -> FastAPI:
    app = App(title="Temporary Pages: operators", servers=SERVERS, docs_url=None, redoc_url=None)
    app.state.amqp_url, app.state.token = amqp_url, token
    errors.install(app)
    app.include_router(router)
    return app
