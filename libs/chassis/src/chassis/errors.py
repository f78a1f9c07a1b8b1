"""Errors that say what is wrong, as problem documents (RFC 9457)."""

from typing import Any, ClassVar

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import compile_path

from chassis import telemetry
from chassis.db import unreachable

log = telemetry.logger(__name__)
PROBLEM_JSON = "application/problem+json"
SLUGS = {404: "not-found", 405: "method-not-allowed", 413: "too-large"}


class Problem(Exception):
    """Base of every error that a caller is told. `slug` is stable: clients decide by it."""

    status: ClassVar[int] = 400
    slug: ClassVar[str] = "bad-request"
    title: ClassVar[str] = "The request cannot be carried out"

    def __init__(
        self,
        detail: str | None = None,
        *,
        retry_after: int | None = None,
        headers: dict[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.more = more
        self.headers = dict(headers or {})
        if retry_after is not None:
            self.headers["Retry-After"] = str(retry_after)


class NotFound(Problem):
    """Missing, or somebody else's: the answer is the same."""

    status, slug, title = 404, "not-found", "There is no such thing here"


class NotHeardYet(Problem):
    """It may exist: the event that tells of it is on its way."""

    status, slug, title = 503, "not-heard-yet", "This was made a moment ago and is still on its way"

    def __init__(self, detail: str | None = None) -> None:
        super().__init__(detail, retry_after=1)


class Unauthorized(Problem):
    status, slug, title = 401, "unauthorized", "Sign in first"

    def __init__(self, detail: str | None = None) -> None:
        super().__init__(detail, headers={"WWW-Authenticate": "Bearer"})


class Invalid(Problem):
    """A field that only the domain could judge; `pointer` as in `#/priceInCents`."""

    status, slug, title = 422, "validation", "The request has a field that cannot be accepted"

    def __init__(self, pointer: str, detail: str) -> None:
        super().__init__(detail, errors=[{"pointer": pointer, "detail": detail}])


class PreconditionFailed(Problem):
    status, slug, title = 412, "stale", "It has changed since you read it"


class PreconditionRequired(Problem):
    status, slug, title = 428, "if-match-required", "Say in If-Match which version you are changing"


class TooManyRequests(Problem):
    status, slug, title = 429, "too-many-requests", "Too many requests; try again later"


def problem_document(
    request: Request, status: int, slug: str, title: str, detail: str | None = None, **more: Any
) -> JSONResponse:
    return _document(status, slug, title, detail=detail, instance=request.url.path, **more)


def _document(status: int, slug: str, title: str, **more: Any) -> JSONResponse:
    body = {"type": slug, "title": title, "status": status, **more}
    if (current := telemetry.request_id.get()) is not None:
        body["requestId"] = current
    content = {name: value for name, value in body.items() if value is not None}
    return JSONResponse(content, status, media_type=PROBLEM_JSON, headers={"Cache-Control": "no-store"})


async def _problem(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Problem)
    response = problem_document(request, error.status, error.slug, error.title, error.detail, **error.more)
    response.headers.update(error.headers)
    return response


async def _gone(request: Request, _error: Exception) -> JSONResponse:
    """Its sender left before the body was whole: nobody hears this, and the log has it as theirs."""
    return await _problem(request, Problem("The request's body did not arrive whole."))


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    errors = [_field(found) for found in error.errors()]
    first = errors[0]
    detail = f"{first.get('pointer') or first.get('parameter')}: {first['detail']}"
    return problem_document(request, 422, Invalid.slug, Invalid.title, detail, errors=errors)


def _field(found: dict[str, Any]) -> dict[str, str]:
    """Name the field: a JSON pointer into the body, or the parameter's name."""
    place, *path = found["loc"]
    if place != "body":
        return {"parameter": str(path[0]) if path else str(place), "detail": found["msg"]}
    if found["type"] == "json_invalid":
        path = []
    steps = "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)
    return {"pointer": "#" + steps, "detail": found["msg"]}


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    if error.status_code == 400 and "parsing the body" in str(error.detail):
        return await _problem(request, Invalid("#", "This is not JSON in UTF-8."))
    slug = SLUGS.get(error.status_code, f"http-{error.status_code}")
    title = NotFound.title if error.status_code == 404 else str(error.detail)
    response = problem_document(request, error.status_code, slug, title)
    response.headers.update(error.headers or {})
    if error.status_code == 405:
        response.headers["Allow"] = ", ".join(_methods(request))
    return response


def _methods(request: Request) -> list[str]:
    """What can be asked of the path, by any of its routes; the framework's own error names those of the first."""
    documented = request.app.openapi()["paths"]
    path = request.scope["path"]
    alike = [path] if path in documented else [one for one in documented if compile_path(one)[0].match(path)]
    found = {method.upper() for one in alike for method in documented[one]}
    return sorted(found | {"HEAD"} if "GET" in found else found)


def headers_too_large() -> JSONResponse:
    """RFC 6585."""
    return _document(431, "headers-too-large", "The request's headers are too large")


def unexpected(error: Exception) -> JSONResponse:
    """What a caller is told of an error that nobody foresaw, and of a database that is away; the log has the rest."""
    if unreachable(error):
        log.warning("request not served", error=f"{type(error).__name__}: {error}"[:500])
        response = _document(503, "unavailable", "For a moment this cannot be answered; ask again")
        response.headers["Retry-After"] = "1"
        return response
    log.error("request failed", exc_info=error)
    return _document(500, "internal", "Something went wrong on our side; nothing was lost")


def install(app: FastAPI) -> None:
    """Answer every error of `app` with a problem document: never a stack, never an SQL word."""
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(ClientDisconnect, _gone)
