"""For anybody: a page's state as it changes (server-sent events)."""

import asyncio
from collections.abc import AsyncIterator

from chassis.clock import Clock
from chassis.errors import NotHeardYet
from chassis.problems import problems
from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from pages.http.bearers import PageToBearer
from pages.http.seen_pages import cache
from pages.http.wire import Tick
from pages.page_cache import PageCache
from pages.views import Bearer, PublicPage

HEARTBEAT_SECONDS = 15.0
"""So that proxies keep an idle stream open, and a reader that is gone is noticed."""
router = APIRouter(tags=["public"])


class EventStream(StreamingResponse):
    media_type = "text/event-stream"


@router.get(
    "/v1/public/pages/{shortId}/events",
    operation_id="streamPage",
    summary="State, what is left, the end, and the server's clock: at once, at each change, and every 15 seconds",
    response_class=EventStream,
    responses=problems(404, 422, 429, 503),
)
async def stream_page(page: PageToBearer, request: Request) -> EventStream:
    ticks = _ticks(page.page.short_id, page.bearer, cache(request), request)
    return EventStream(ticks, headers={"X-Accel-Buffering": "no"})


async def _ticks(short_id: str, bearer: Bearer | None, pages: PageCache, request: Request) -> AsyncIterator[str]:
    """Until the reader leaves, the process stops, or the page is gone."""
    clock: Clock = request.app.state.db.clock
    stopping: asyncio.Event = request.app.state.stopping
    while not stopping.is_set():
        change = pages.change_of(short_id)
        try:
            page = await pages.get(short_id)
        except NotHeardYet:
            page = None
        if page is None:
            return
        page = page.seen_by(bearer)
        yield _tick(page, clock)
        await _next(page, clock, change, stopping)


def _tick(page: PublicPage, clock: Clock) -> str:
    now = clock.now()
    tick = Tick(state=page.state(now), remaining=page.remaining, expires_at=page.closes_at, server_now=now)
    return f"event: state\ndata: {tick.model_dump_json(by_alias=True)}\n\n"


async def _next(page: PublicPage, clock: Clock, change: asyncio.Event, stopping: asyncio.Event) -> None:
    """Return when something changed, when the clock changes the state, or at the next heartbeat."""
    now = clock.now()
    instant = page.next_instant(now)
    seconds = HEARTBEAT_SECONDS if instant is None else min(HEARTBEAT_SECONDS, (instant - now).total_seconds())
    waits = [asyncio.ensure_future(change.wait()), asyncio.ensure_future(stopping.wait())]
    try:
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
