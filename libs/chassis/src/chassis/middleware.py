"""What every request passes through: its id and trace, caps on its headers and body, safe headers, one log line."""

import re
import time

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis import errors, telemetry
from chassis.clock import new_id

log = telemetry.logger("access")
MAX_BODY_BYTES = 1024 * 1024
MAX_HEADER_BYTES = 32 * 1024
_REQUEST_ID = re.compile(r"^[A-Za-z0-9._-]{1,64}$")
SAFE_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
"""Defaults, OWASP ASVS 5.0 3.4: a page or a cacheable answer says its own."""


class Gateway:
    """ASGI middleware around a service's app."""

    def __init__(self, app: ASGIApp, service: str) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.get("x-request-id", "")
        current = given if _REQUEST_ID.match(given) else str(new_id())
        telemetry.request_id.set(current)
        telemetry.follow(headers.get("traceparent"))
        if scope["method"] == "HEAD":  # RFC 9110 9.3.2: as GET, without the content
            scope, send = {**scope, "method": "GET"}, _without_content(send)
        await self._answer(scope, _capped(receive), send, current)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, current: str) -> None:
        started, status, answering = time.perf_counter(), 500, False

        async def sending(message: Message) -> None:
            nonlocal status, answering
            if message["type"] == "http.response.start":
                status, answering = message["status"], True
                _complete(MutableHeaders(scope=message), current)
            await send(message)

        try:
            answer = errors.headers_too_large() if _header_bytes(scope) > MAX_HEADER_BYTES else self._app
            await answer(scope, receive, sending)
        except Exception as error:
            if answering:
                raise
            await errors.unexpected(error)(scope, receive, sending)
        finally:
            self._note(scope, status, time.perf_counter() - started)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "unmatched")
        telemetry.HTTP_SECONDS.labels(self._service, route, str(status)).observe(seconds)
        if not route.startswith(("/health", "/metrics")):
            log.info("request", method=scope["method"], route=route, status=status, ms=round(seconds * 1000, 1))


def _header_bytes(scope: Scope) -> int:
    return len(scope.get("query_string", b"")) + sum(len(name) + len(value) for name, value in scope["headers"])


def _complete(headers: MutableHeaders, current: str) -> None:
    headers["X-Request-Id"] = current
    for name, value in SAFE_HEADERS.items():
        headers.setdefault(name, value)


def _without_content(send: Send) -> Send:
    """Completes the answer with the first piece of its content; the others go nowhere."""
    completed = False

    async def sending(message: Message) -> None:
        nonlocal completed
        if message["type"] != "http.response.body":
            await send(message)
        elif not completed:
            completed = True
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    return sending


class BodyTooLarge(HTTPException):
    """More than MAX_BODY_BYTES were sent."""

    def __init__(self) -> None:
        super().__init__(413, f"The request's body is larger than {MAX_BODY_BYTES // 1024} KiB")


def _capped(receive: Receive) -> Receive:
    received = 0

    async def receiving() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > MAX_BODY_BYTES:
            raise BodyTooLarge
        return message

    return receiving
