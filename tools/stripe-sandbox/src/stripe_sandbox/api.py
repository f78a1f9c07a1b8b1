"""The door of the API: key, version, idempotency, faults, parameters; then one operation, and its answer.

What an operation does and what is kept under its idempotency key are one transaction.
"""

import asyncio
import base64
import binascii
import hashlib
import json
import logging
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from stripe_sandbox import (
    accounts,
    balance,
    disputes,
    events,
    files,
    onboarding,
    payments,
    refunds,
    sessions,
    transfers,
    webhook_endpoints,
)
from stripe_sandbox.books import Books, Cause, new_id
from stripe_sandbox.errors import Json, Malformed, Refusal, no_key, unrecognized, wrong_key, wrong_version
from stripe_sandbox.expanding import expand
from stripe_sandbox.faults import Fault
from stripe_sandbox.idempotency import Attempt, Kept
from stripe_sandbox.operations import Asked, Operation
from stripe_sandbox.params import Upload, nest
from stripe_sandbox.sandbox import Sandbox

log = logging.getLogger(__name__)

VERSION = re.compile(r"\d{4}-\d{2}-\d{2}(\.[a-z]+)?")

OPERATIONS: list[Operation] = [
    *sessions.OPERATIONS,
    *payments.OPERATIONS,
    *refunds.OPERATIONS,
    *disputes.OPERATIONS,
    *files.OPERATIONS,
    *accounts.OPERATIONS,
    *onboarding.OPERATIONS,
    *transfers.OPERATIONS,
    *balance.OPERATIONS,
    *events.OPERATIONS,
    *webhook_endpoints.OPERATIONS,
]


class Dropped(Response):
    """An answer that never comes: the connection ends after a beginning that promises more."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1000000")]})
        await send({"type": "http.response.body", "body": b"", "more_body": True})


@dataclass(frozen=True)
class Call:
    """One request, as far as every operation needs it."""

    request: Request
    id: str
    version: str
    params: Json

    @property
    def key(self) -> str | None:
        """The idempotency key, which only POST has."""
        return self.request.headers.get("idempotency-key") if self.request.method == "POST" else None

    @property
    def account(self) -> str | None:
        """The connected account in whose name it is made."""
        return self.request.headers.get("stripe-account")

    def cause(self) -> Cause:
        """For the events it sets off."""
        return Cause(self.version, self.id, self.key, self.account)

    def attempt(self) -> Attempt | None:
        """Its use of an idempotency key."""
        if self.key is None:
            return None
        spelled = json.dumps([self.params, self.account], sort_keys=True, default=_digest)
        return Attempt(self.key, hashlib.sha256(spelled.encode()).hexdigest(), self.request.url.path)


def _digest(upload: Upload) -> str:
    return hashlib.sha256(upload.content).hexdigest()


def routes(sandbox: Sandbox) -> list[BaseRoute]:
    """Every operation, file contents, and a refusal for all else under /v1."""
    door = Door(sandbox)
    own = [Route(op.path, door.endpoint(op), methods=[op.method]) for op in OPERATIONS]
    anything = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    return [
        *own,
        Route("/v1/files/{id}/contents", door.file_content, methods=["GET"]),
        Route("/v1/{rest:path}", door.unrecognized, methods=anything),
    ]


class Door:
    """Answers requests under /v1."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def endpoint(self, operation: Operation) -> Callable[[Request], Awaitable[Response]]:
        """The Starlette endpoint of an operation."""

        async def answer(request: Request) -> Response:
            return await self._answer(request, operation)

        return answer

    async def unrecognized(self, request: Request) -> Response:
        """404 in Stripe's words, or 401 first."""
        return await self._answer(request, None)

    async def file_content(self, request: Request) -> Response:
        """What was uploaded, as it was."""
        try:
            self._authenticate(request)
            return Response(files.content(self._sandbox.books(), request.path_params["id"]))
        except Refusal as refusal:
            return Response(json.dumps(refusal.body(new_id("req_", 14), 0)), refusal.status)

    async def _answer(self, request: Request, operation: Operation | None) -> Response:
        call_id = new_id("req_", 14)
        version = request.headers.get("stripe-version") or self._sandbox.config.api_version
        headers = {"request-id": call_id, "stripe-version": version}
        try:
            self._authenticate(request)
            if not VERSION.fullmatch(version):
                raise wrong_version(version)
            call = Call(request, call_id, version, await _read_params(request))
            if call.key:
                headers["idempotency-key"] = call.key
            if operation is None:
                raise unrecognized(request.method, request.url.path)
            return await self._struck(call, operation, headers)
        except Refusal as refusal:
            return _json(refusal.body(call_id, int(self._sandbox.clock())), refusal.status, headers | refusal.headers)
        except Exception:
            log.exception("%s %s failed", request.method, request.url.path)
            crash = Refusal("An unknown error occurred.", kind="api_error", status=500)
            return _json(crash.body(call_id, int(self._sandbox.clock())), 500, headers)

    async def _struck(self, call: Call, operation: Operation, headers: dict[str, str]) -> Response:
        """The answer, unless a fault is set for it."""
        fault = self._sandbox.faults.strike(call.request.method, call.request.url.path)
        with self._sandbox.idempotency.using(call.attempt()):
            await asyncio.sleep(fault.delay_before)
            if not fault.act:
                if fault.answer == "drop":
                    return Dropped()
                raise fault.refusal()
            kept = self._replay_or_perform(call, operation, fault, headers)
            await asyncio.sleep(fault.delay_after)
        return Dropped() if fault.answer == "drop" else _json(kept.body, kept.status, headers)

    def _replay_or_perform(self, call: Call, operation: Operation, fault: Fault, headers: dict[str, str]) -> Kept:
        """The result under the idempotency key, or a new one; sets the headers that tell which."""
        attempt = call.attempt()
        if kept := self._sandbox.idempotency.kept(attempt, int(self._sandbox.clock())):
            headers |= {"idempotent-replayed": "true", "original-request": kept.request_id}
        else:
            kept = self._perform(call, operation, fault, attempt)
            if attempt:
                headers["original-request"] = call.id
        if kept.status == 500:
            headers["stripe-should-retry"] = "false"
        return kept

    def _perform(self, call: Call, operation: Operation, fault: Fault, attempt: Attempt | None) -> Kept:
        """Carry the operation out and keep its result, both or neither. A refusal undoes what was begun."""
        sandbox, now = self._sandbox, int(self._sandbox.clock())
        try:
            with sandbox.store.transaction():
                kept = Kept(200, _carry_out(sandbox.books(call.cause()), call, operation), call.id)
                if fault.answer == "error":
                    kept = Kept(fault.status, fault.refusal().body(call.id, now), call.id)
                sandbox.idempotency.keep(attempt, kept, now)
                return kept
        except Malformed:
            raise
        except Refusal as refusal:
            kept = Kept(refusal.status, refusal.body(call.id, now), call.id)
        with sandbox.store.transaction():
            sandbox.idempotency.keep(attempt, kept, now)
        return kept

    def _authenticate(self, request: Request) -> None:
        key = _bearer(request.headers.get("authorization", ""))
        if not key:
            raise no_key()
        if key != self._sandbox.config.api_key:
            raise wrong_key(key)


def _carry_out(books: Books, call: Call, operation: Operation) -> Json:
    if call.account:
        accounts.connected(books, call.account)
        if not operation.for_accounts:
            raise Malformed("The sandbox does not support this request in the name of a connected account.")
    params = operation.schema.read(call.params)
    thing = operation.handle(books, Asked(params, call.request.path_params.get("id", "")))
    return expand(books, thing, params.get("expand", []))


def _bearer(header: str) -> str:
    """The key of `Bearer key` or of `Basic base64(key:)`."""
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return ""


async def _read_params(request: Request) -> Json:
    """Query and body, nested; the files of a multipart body as `Upload`."""
    pairs = parse_qsl(request.url.query, keep_blank_values=True)
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        body = (await request.body()).decode("utf-8", "replace")
        return nest([*pairs, *parse_qsl(body, keep_blank_values=True)])
    uploads: Json = {}
    async with request.form() as form:
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                uploads[name] = Upload(value.filename or "file", await value.read())
            else:
                pairs.append((name, value))
    return nest(pairs) | uploads


def _json(body: Json, status: int, headers: dict[str, str]) -> Response:
    return Response(json.dumps(body, indent=2), status, headers, media_type="application/json")
