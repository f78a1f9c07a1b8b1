"""`tempages parked` over HTTP, for operators: on an address of its own, never behind the public edge."""

from typing import Annotated

from chassis import errors, parked
from chassis.api import RequestModel, ResponseModel
from chassis.errors import NotFound, Unauthorized
from chassis.problems import problems
from fastapi import APIRouter, Depends, FastAPI, Query, Request
from fastapi.responses import JSONResponse
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
router = APIRouter(prefix="/v1/parked", tags=["parked"], dependencies=[Depends(operator)], responses=problems(401))


@router.get("", summary="How many messages each dead queue holds")
async def list_parked(request: Request) -> list[Queue]:
    counts = await parked.count(request.app.state.amqp_url, queues())
    return [Queue(queue=queue, messages=messages) for queue, messages in counts.items()]


@router.get("/{handler}", summary="A handler's parked messages", responses=problems(404))
async def show_parked(request: Request, queue: Declared) -> list[Message]:
    return [Message.model_validate(found) for found in await parked.show(request.app.state.amqp_url, queue)]


@router.post("/{handler}/replay", summary="Hand messages back to their handler", responses=problems(404, 422))
async def replay_parked(request: Request, queue: Declared, which: Which) -> Done:
    return _done(await parked.replay(request.app.state.amqp_url, queue, which.id), which.id)


@router.delete("/{handler}", summary="Forget messages for good: one by its id, or all", responses=problems(404))
async def drop_parked(
    request: Request, queue: Declared, message_id: Annotated[str | None, Query(alias="id")] = None
) -> Done:
    return _done(await parked.drop(request.app.state.amqp_url, queue, message_id), message_id)


def _done(messages: int, message_id: str | None) -> Done:
    if message_id is not None and not messages:
        raise NotFound
    return Done(messages=messages)


async def _no_such_queue(request: Request, error: Exception) -> JSONResponse:
    return errors.problem_document(request, 404, NotFound.slug, NotFound.title, f"{error} is not declared")


def create_app(amqp_url: str, token: OperatorToken) -> FastAPI:
    app = FastAPI(title="Temporary Pages: operators", docs_url=None, redoc_url=None)
    app.state.amqp_url, app.state.token = amqp_url, token
    errors.install(app)
    app.add_exception_handler(parked.NoSuchQueue, _no_such_queue)
    app.include_router(router)
    return app
