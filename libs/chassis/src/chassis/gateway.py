"""The gateway role: a service's routes, and what all gateways serve beside them."""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.types import ASGIApp

from chassis import documents, errors
from chassis.middleware import Gateway

Check = Callable[[], Awaitable[bool]]


operations = APIRouter(tags=["operations"])
"""One for all apps, as FastAPI keeps every route's function for good: what is an app's own is in its state."""


@operations.get("/health/live", summary="The process answers")
async def live() -> dict[str, str]:
    return {"status": "ok"}


@operations.get(
    "/health/ready", summary="Each thing it needs answers", responses={503: {"description": "One does not"}}
)
async def ready(request: Request) -> JSONResponse:
    checks: dict[str, Check] = request.app.state.checks
    found = {name: await check() for name, check in checks.items()}
    well = all(found.values())
    body = {"status": "ok" if well else "unavailable", "checks": found}
    return JSONResponse(body) if well else JSONResponse(body, 503, {"Retry-After": "1"})


@operations.get("/metrics", summary="Prometheus metrics", response_class=Response)
async def metrics() -> Response:
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


@operations.get("/asyncapi.json", summary="The events it tells and hears (AsyncAPI 3.0)")
async def asyncapi_document(request: Request) -> JSONResponse:
    return JSONResponse(request.app.state.asyncapi())


def create_app(
    name: str, version: str, routers: list[APIRouter], checks: dict[str, Check], asyncapi: Callable[[], dict[str, Any]]
) -> FastAPI:
    """The FastAPI app of service `name`; `checks` are what it needs to be ready, each by name."""
    app = documents.App(
        title=f"Temporary Pages: {name}",
        version=version,
        servers=documents.SERVERS,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # it would send browsers past the prefix at the edge, to the host they named
        separate_input_output_schemas=False,
    )
    app.state.checks, app.state.asyncapi = checks, asyncapi
    errors.install(app)
    documents.install(app)
    for router in [*routers, operations]:
        app.include_router(router)
    app.add_middleware(_gateway, service=name)
    return app


def _gateway(app: ASGIApp, service: str) -> ASGIApp:
    return Gateway(app, service)
