"""A page's event stream: at once, at each change, at the instant, until the process stops."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from chassis.lifecycle import Service
from chassis.passes import PassKind
from chassis.testing import PATIENCE, SettableClock, sign_pass
from pages.http import streams
from starlette.types import ASGIApp, Message

from .conftest import Seller, instant

"""A bound on what is awaited, not a claim about speed."""


class Reader:
    """One reader of a stream, over ASGI: httpx's transport would wait for the stream's end."""

    def __init__(self, app: ASGIApp, short_id: str, method: str = "GET", query: str = "") -> None:
        self._messages: asyncio.Queue[Message] = asyncio.Queue()
        self._left = asyncio.Event()
        self._asked = False
        scope = {
            "type": "http",
            "method": method,
            "path": f"/v1/public/pages/{short_id}/events",
            "query_string": query.encode(),
            "headers": [],
            "client": ("192.0.2.1", 1),
        }
        self.serving: asyncio.Task[None] = asyncio.ensure_future(app(scope, self._receive, self._messages.put))

    async def _receive(self) -> Message:
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def message(self, within: float = PATIENCE) -> Message:
        async with asyncio.timeout(within):
            return await self._messages.get()

    async def tick(self, within: float = PATIENCE) -> dict[str, Any]:
        text: str = (await self.message(within))["body"].decode()
        event, data, *rest = text.split("\n")
        assert (event, rest) == ("event: state", ["", ""])
        tick: dict[str, Any] = json.loads(data.removeprefix("data: "))
        assert set(tick) == {"state", "remaining", "expiresAt", "serverNow"}
        return tick

    async def leave(self) -> None:
        self._left.set()
        async with asyncio.timeout(PATIENCE):
            await self.serving


Open = Callable[..., Any]


@pytest.fixture
def reading(service: Service) -> Open:
    app = service.app()

    @asynccontextmanager
    async def opened(page: dict[str, Any], query: str = "") -> AsyncIterator[Reader]:
        reader = Reader(app, page["shortId"], query=query)
        start = await reader.message()
        assert start["status"] == 200
        headers = {name.decode(): value.decode() for name, value in start["headers"]}
        assert headers["content-type"].startswith("text/event-stream")
        assert (headers["cache-control"], headers["x-accel-buffering"]) == ("no-store", "no")
        try:
            yield reader
        finally:
            await reader.leave()

    return opened


async def test_the_first_tick_comes_at_once(seller: Seller, reading: Open) -> None:
    page = await seller.publishes(quantityLimit=5)
    before = seller.now()
    async with reading(page) as reader:
        tick = await reader.tick()
    assert (tick["state"], tick["remaining"]) == ("live", 5)
    assert before <= instant(tick["serverNow"]) <= seller.now()


async def test_who_brings_a_pass_is_told_what_they_see(seller: Seller, reading: Open) -> None:
    page = await seller.announces()
    given = sign_pass(UUID(page["id"]), PassKind.EARLY_ACCESS)
    async with reading(page, f"pass={given}") as bearer, reading(page) as anybody:
        assert ((await bearer.tick())["state"], (await anybody.tick())["state"]) == ("live", "pre_launch")


async def test_a_change_is_told_to_every_reader_at_once(seller: Seller, reading: Open) -> None:
    page, other = await seller.publishes(quantityLimit=5), await seller.publishes(quantityLimit=5)
    async with reading(page) as one, reading(page) as two, reading(other) as elsewhere:
        for reader in (one, two, elsewhere):
            await reader.tick()
        for version, (left, state) in enumerate([(1, "live"), (0, "sold_out"), (2, "live")], start=1):
            await seller.has_left(page, left, version=version)
            for reader in (one, two):
                tick = await reader.tick()
                assert (tick["remaining"], tick["state"]) == (left, state)
        with pytest.raises(TimeoutError):
            await elsewhere.tick(within=0.2)


async def tick_since(reader: Reader, at: datetime) -> dict[str, Any]:
    """The first tick of `at` or later: a timer may have struck before the clock was moved there."""
    while instant((tick := await reader.tick())["serverNow"]) < at:
        pass
    return tick


@pytest.mark.parametrize(("which", "state"), [("launchAt", "live"), ("expiresAt", "expired")])
async def test_the_state_changes_at_the_instant(
    seller: Seller, reading: Open, clock: SettableClock, monkeypatch: pytest.MonkeyPatch, which: str, state: str
) -> None:
    """Nothing but the instant wakes this stream: a timer that strikes before the clock is there is set again."""
    monkeypatch.setattr(streams, "HEARTBEAT_SECONDS", 3600)
    page = await seller.announces()
    at = instant(page[which])
    clock.hold(at - timedelta(milliseconds=200))
    async with reading(page) as reader:
        for _ in range(2):
            assert (await reader.tick())["state"] != state
        clock.hold(at)
        assert (await tick_since(reader, at))["state"] == state


async def test_an_extension_keeps_the_stream_live(seller: Seller, reading: Open, clock: SettableClock) -> None:
    page = await seller.publishes(quantityLimit=5)
    expires_at = instant(page["expiresAt"])
    clock.hold(expires_at - timedelta(milliseconds=500))
    async with reading(page) as reader:
        await reader.tick()
        later = (expires_at + timedelta(hours=1)).isoformat()
        await seller.send("POST", f"/{page['id']}/extend", {"expiresAt": later})
        await seller.has_left(page, 4)
        while (await reader.tick())["remaining"] != 4:  # what was changed before it has been heard of too
            pass
        clock.hold(expires_at)
        await seller.has_left(page, 3, version=2)
        assert (await tick_since(reader, expires_at))["state"] == "live"


async def test_a_quiet_stream_beats(seller: Seller, reading: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "HEARTBEAT_SECONDS", 0.05)
    async with reading(await seller.publishes()) as reader:
        assert [(await reader.tick())["state"] for _ in range(3)] == ["live"] * 3


async def test_a_withdrawn_pages_stream_ends(seller: Seller, reading: Open) -> None:
    page = await seller.publishes()
    async with reading(page) as reader:
        await reader.tick()
        await seller.withdraws(page)
        last = await reader.message()
        assert (last["body"], last["more_body"]) == (b"", False)


async def test_streams_end_when_the_process_stops(seller: Seller, reading: Open, service: Service) -> None:
    async with reading(await seller.publishes()) as reader:
        await reader.tick()
        service.stopping.set()
        last = await reader.message()
        assert (last["body"], last["more_body"]) == (b"", False)
        async with asyncio.timeout(PATIENCE):
            await reader.serving


async def test_a_reader_who_leaves_is_let_go(seller: Seller, reading: Open) -> None:
    async with reading(await seller.publishes()) as reader:
        await reader.tick()
        await reader.leave()
        assert reader.serving.done()
