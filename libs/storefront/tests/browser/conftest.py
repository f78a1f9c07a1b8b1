"""Chromium before a gateway that answers what a test says, by a clock that is not the browser's."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import uvicorn
from chassis.testing import PATIENCE
from playwright.async_api import Browser, BrowserContext, Page
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from storefront import Storefront
from storefront.views import View

SKEW = timedelta(seconds=90)
"""How far the server's clock is ahead of the browser's."""


@dataclass
class Asked:
    """A request that came, and when (server's clock)."""

    at: datetime
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


Answer = Callable[[Asked], Response]


@dataclass
class Gateway:
    """A server on `origin`. `answers` maps `METHOD /path` to what is said; `asked` is all that was."""

    shop: Storefront
    origin: str = ""
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    stream: asyncio.Queue[str | None] = field(default_factory=asyncio.Queue)

    def now(self) -> datetime:
        return datetime.now(UTC) + SKEW

    def page(self, path: str, view: View | Callable[[], View]) -> str:
        """Serves `view` at `path`; its address."""

        def answer(_: Asked) -> Response:
            shown = view() if callable(view) else view
            headers = self.shop.security_headers(form_actions=["https://checkout.stripe.com"])
            return HTMLResponse(self.shop.show(shown), headers=headers)

        self.answers[f"GET {path}"] = answer
        return self.origin + path

    def json(self, route: str, body: dict[str, Any], status: int = 200) -> None:
        self.answers[route] = lambda _: JSONResponse(body, status)

    def problem(self, route: str, slug: str, status: int, **more: Any) -> None:
        body = {"type": f"https://pages.example/problems/{slug}", "title": slug, "status": status, **more}
        self.json(route, body, status)

    def requests(self, route: str) -> list[Asked]:
        return [asked for asked in self.asked if f"{asked.method} {asked.path}" == route]

    async def handle(self, request: Request) -> Response:
        path = request.url.path
        asked = Asked(self.now(), request.method, path, dict(request.headers), await request.body())
        self.asked.append(asked)
        answer = self.answers.get(f"{request.method} {path}")
        if answer is None and path == "/events":
            return StreamingResponse(self._events(), media_type="text/event-stream")
        return answer(asked) if answer else Response(status_code=404)

    async def _events(self) -> AsyncIterator[str]:
        yield ": open\n\n"
        while (event := await self.stream.get()) is not None:
            yield f"data: {event}\n\n"


@pytest.fixture
async def gateway(shop: Storefront) -> AsyncIterator[Gateway]:
    gateway = Gateway(shop)
    every = Route("/{path:path}", gateway.handle, methods=["GET", "POST"])
    app = Starlette(routes=[Mount("/api/shop/assets", shop.static), every])
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        gateway.origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        yield gateway
        gateway.stream.put_nowait(None)
        server.should_exit = True
        server.force_exit = True
        await serving


@pytest.fixture
async def viewer(browser: Browser) -> AsyncIterator[BrowserContext]:
    context = await browser.new_context(
        timezone_id="Europe/Stockholm", locale="en-GB", viewport={"width": 390, "height": 844}
    )
    context.set_default_timeout(PATIENCE * 1000)
    yield context
    await context.close()


@pytest.fixture
async def page(viewer: BrowserContext) -> AsyncIterator[Page]:
    """A tab in which no script may fail and nothing may break the security policy."""
    page = await viewer.new_page()
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.on("console", lambda message: broken.append(message.text) if "Content Security" in message.text else None)
    yield page
    assert broken == []
