"""Composition: one Starlette application and its two tasks."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stripe_sandbox import agenda, api, control
from stripe_sandbox.config import Config
from stripe_sandbox.dispatcher import Dispatcher
from stripe_sandbox.pages import checkout, dashboard, onboarding
from stripe_sandbox.sandbox import Sandbox


async def _health(_: Request) -> Response:
    return JSONResponse({"status": "ok"})


def create_app(config: Config, clock: Callable[[], float] = time.time) -> Starlette:
    """The sandbox as an ASGI application; state is opened at once, the tasks run within its lifespan."""
    sandbox = Sandbox(config, clock)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(agenda.keep(sandbox)), asyncio.create_task(Dispatcher(sandbox).keep())]
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        sandbox.close()

    return Starlette(
        routes=[
            Route("/sandbox/health", _health),
            *control.routes(sandbox),
            *api.routes(sandbox),
            *checkout.routes(sandbox),
            *onboarding.routes(sandbox),
            *dashboard.routes(sandbox),
        ],
        lifespan=lifespan,
    )
