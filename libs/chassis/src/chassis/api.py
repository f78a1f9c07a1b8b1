"""What the routes of every gateway share: wire models, the request's transaction, idempotency, cursors, ETags."""

import asyncio
import base64
import hashlib
import re
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from fastapi import Depends, Header, Query, Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel
from sqlalchemy import RowMapping, insert, select, text

from chassis import auth, tables
from chassis.db import Database, Tx
from chassis.errors import Invalid, PreconditionFailed, PreconditionRequired, Problem


class RequestModel(BaseModel):
    """camelCase; a field that is not known is refused."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", str_strip_whitespace=True
    )


class ResponseModel(BaseModel):
    """camelCase; can be made from an object with the same attributes."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, from_attributes=True)


async def database(request: Request) -> Database:
    db: Database = request.app.state.db
    return db


WithDatabase = Annotated[Database, Depends(database)]


async def transaction(request: Request, db: WithDatabase) -> AsyncIterator[Tx]:
    """The request's one transaction: committed before the answer is sent."""
    shared: Tx | None = getattr(request.state, "tx", None)
    if shared is not None:
        yield shared
        return
    async with db.transaction() as tx:
        yield tx


InTransaction = Annotated[Tx, Depends(transaction, scope="function")]

Item = TypeVar("Item")
FLOOR_SECONDS = 0.15
"""What is asked about an address is answered no sooner: longer than what is done for any, known or not."""
GivenCursor = Annotated[str, Query(pattern=r"^[A-Za-z0-9_-]{21}[AQgw]$")]
"""Sixteen bytes in base64url: the last character has four values."""


class Page(ResponseModel, Generic[Item]):
    """A part of a list; ask again with `cursor=nextCursor` until that is null."""

    items: list[Item]
    next_cursor: str | None = None


class Cursor(BaseModel):
    """Where a list goes on: after this id (ids are UUIDv7, so lists run by time, newest first)."""

    limit: int
    before: UUID | None

    def page(self, items: Sequence[Any], to: Callable[[Any], Item]) -> Page[Item]:
        """`items` were asked for with one more than `limit`, which tells whether there is a next page."""
        shown = items[: self.limit]
        more = len(items) > self.limit
        following = base64.urlsafe_b64encode(shown[-1].id.bytes).rstrip(b"=").decode() if more else None
        return Page[Item](items=[to(item) for item in shown], next_cursor=following)


async def cursor(
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: GivenCursor | None = None,
) -> Cursor:
    """Dependency for `?limit=&cursor=`."""
    if cursor is None:
        return Cursor(limit=limit, before=None)
    return Cursor(limit=limit, before=UUID(bytes=base64.urlsafe_b64decode(cursor + "==")))


Listing = Annotated[Cursor, Depends(cursor)]


def etag(version: int) -> str:
    return f'"{version}"'


_PROXYS = re.compile(r'^W/|-(gzip|zstd|br)(?="$)')
"""What a proxy that compresses adds to an answer's ETag, and leaves in the If-Match that comes back."""


def require_match(if_match: str | None, version: int) -> None:
    """428 without If-Match, 412 when it names another version."""
    if if_match is None:
        raise PreconditionRequired
    named = {_PROXYS.sub("", tag.strip()) for tag in if_match.split(",")}
    if not named & {etag(version), "*"}:
        raise PreconditionFailed(headers={"ETag": etag(version)})


IfMatch = Annotated[str | None, Header(description="The ETag that you are changing")]


class KeyReused(Problem):
    status, slug, title = 422, "idempotency-key-reused", "This Idempotency-Key was used for another request"


class KeyInUse(Problem):
    status, slug, title = 409, "idempotency-key-in-use", "A request with this Idempotency-Key is being answered"


def idempotency_key(request: Request) -> str | None:
    """The Idempotency-Key, or None; raises Invalid when it is longer than 255 characters."""
    key = request.headers.get("idempotency-key")
    if key is not None and not 0 < len(key) <= 255:
        raise Invalid("#", "Idempotency-Key must have 1 to 255 characters")
    return key


async def _fingerprint(request: Request) -> bytes:
    """SHA-256 over what makes two requests the same: method, path, body."""
    head = f"{request.method} {request.url.path}\n".encode()
    return hashlib.sha256(head + await request.body()).digest()


def _scope(request: Request) -> str:
    """A key belongs to who sent it: the creator, whatever access token they hold by now; another bearer; the public."""
    bearer = request.headers.get("authorization", "")
    if not bearer:
        return "public"
    try:
        return f"creator:{auth.signed_in_as(request, bearer.partition(' ')[2]).creator_id}"
    except Problem:  # an API key, or what the route itself will refuse
        return hashlib.sha256(bearer.encode()).hexdigest()[:32]


async def lock_key(tx: Tx, request: Request, key: str) -> RowMapping | None:
    """What was answered under `key`, if anything; the key is this transaction's until it ends.

    Raises KeyInUse while another request holds it and KeyReused when that one asked for something else.
    """
    lock = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:name, 0))")
    if not await tx.session.scalar(lock, {"name": f"{_scope(request)}:{key}"}):
        raise KeyInUse(retry_after=1)
    table = tables.idempotency_keys
    query = select(table).where(table.c.scope == _scope(request), table.c.key == key)
    row = (await tx.session.execute(query)).mappings().first()
    if row is not None and row["fingerprint"] != await _fingerprint(request):
        raise KeyReused
    return row


async def remember(tx: Tx, request: Request, key: str, **answer: Any) -> None:
    """Keep `answer` (resource_id, or status, headers and body) under `key` for 24 hours."""
    row = {
        "scope": _scope(request),
        "key": key,
        "fingerprint": await _fingerprint(request),
        "created_at": tx.clock.now(),
    }
    await tx.session.execute(insert(tables.idempotency_keys).values({**row, **answer}))


class WholeBodyRoute(APIRoute):
    """Its body is read whole and kept: a form's would be read as a stream, once, and an Idempotency-Key is remembered
    with the body.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def answer(request: Request) -> Response:
            await request.body()
            return await handler(request)

        return answer


class IdempotentRoute(APIRoute):
    """With an Idempotency-Key, the effect and the answer are kept in one transaction, and replayed; no refusal is kept.

    For routes whose work is one `InTransaction`. A route that calls out keeps the id of what it made instead
    (`lock_key`, `remember(resource_id=…)`) and carries on from there when it is asked again.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def answer(request: Request) -> Response:
            key = idempotency_key(request) if request.method == "POST" else None
            if key is None:
                return await handler(request)
            await request.body()  # as WholeBodyRoute does, but before anything is held for it
            db = await database(request)
            async with db.nesting, db.transaction() as tx:
                if (known := await lock_key(tx, request, key)) is not None:
                    return _replay(known)
                request.state.tx = tx
                response = await handler(request)
                if response.status_code < 400:
                    kept = {"status": response.status_code, "headers": _kept(response), "body": bytes(response.body)}
                    await remember(tx, request, key, **kept)
                return response

        return answer


class EvenlyTimedRoute(IdempotentRoute):
    """The time of the answer tells nothing about what was found."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def answer(request: Request) -> Response:
            ready_at = time.monotonic() + FLOOR_SECONDS
            try:
                return await handler(request)
            finally:
                await asyncio.sleep(max(0.0, ready_at - time.monotonic()))

        return answer


def _kept(response: Response) -> dict[str, str]:
    return {name: value for name, value in response.headers.items() if name not in {"content-length", "set-cookie"}}


def _replay(row: RowMapping) -> Response:
    return Response(row["body"], row["status"], {**row["headers"], "Idempotent-Replayed": "true"})
