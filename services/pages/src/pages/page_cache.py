"""What anybody may know of a page, kept in this process: forgotten when PostgreSQL tells that it changed.

An entry holds facts and instants, never a verdict: whoever reads it compares the clock, so that a stale one
cannot sell. Without the push (a lost connection) an entry lives for a few seconds.
"""

import asyncio
import time
from collections import OrderedDict
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

import asyncpg
from chassis import telemetry
from chassis.db import Database

from pages import store
from pages.views import PublicPage

log = telemetry.logger(__name__)
FRESH_SECONDS = 5.0
MOST_PAGES = 10_000
RECONNECT_SECONDS = 1.0


class PageCache:
    """One a process; shared by the public page, its JSON and its event streams."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._kept: OrderedDict[str, tuple[float, PublicPage | None]] = OrderedDict()
        self._changes: dict[str, asyncio.Event] = {}
        self._readings: dict[str, asyncio.Task[PublicPage | None]] = {}
        self._listener: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._listener = asyncio.create_task(self._listen())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._listener is not None:
            self._listener.cancel()
            with suppress(asyncio.CancelledError):
                await self._listener

    async def get(self, short_id: str) -> PublicPage | None:
        """The page as last told; None when nobody may see one. Raises NotHeardYet.

        However many ask at once for one that is not kept, it is read once.
        """
        kept = self._kept.get(short_id)
        if kept is not None and time.monotonic() - kept[0] < FRESH_SECONDS:
            return kept[1]
        reading = self._readings.get(short_id)
        if reading is None:
            reading = self._readings[short_id] = asyncio.create_task(self._read(short_id))
        return await asyncio.shield(reading)  # one reader that leaves does not end it for the others

    async def _read(self, short_id: str) -> PublicPage | None:
        try:
            async with self._db.reading() as session:
                page = await store.public_page(session, short_id)
        finally:
            current = self._readings.get(short_id) is asyncio.current_task()
            if current:
                del self._readings[short_id]
        if current:  # else it may have changed while it was read
            self._keep(short_id, page)
        return page

    def _keep(self, short_id: str, page: PublicPage | None) -> None:
        self._kept[short_id] = (time.monotonic(), page)
        self._kept.move_to_end(short_id)
        while len(self._kept) > MOST_PAGES:
            self._kept.popitem(last=False)

    def change_of(self, short_id: str) -> asyncio.Event:
        """Is set when the page next changes; ask for a new one then."""
        return self._changes.setdefault(short_id, asyncio.Event())

    def forget(self, short_id: str) -> None:
        self._kept.pop(short_id, None)
        self._readings.pop(short_id, None)
        if (change := self._changes.pop(short_id, None)) is not None:
            change.set()

    def _forget_all(self) -> None:
        for short_id in {*self._kept, *self._readings, *self._changes}:
            self.forget(short_id)

    async def _listen(self) -> None:
        while True:
            try:
                await self._follow(await asyncpg.connect(self._db.url, timeout=5, command_timeout=5))
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
                log.warning("cannot hear of changes; pages are kept for seconds only", error=str(error))
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _follow(self, connection: Any) -> None:
        """Until the connection is lost; what changed while nobody listened is forgotten first."""
        lost = asyncio.Event()
        connection.add_termination_listener(lambda *_: lost.set())
        try:
            await connection.add_listener(store.CHANGED, lambda _c, _pid, _channel, short_id: self.forget(short_id))
            self._forget_all()
            await lost.wait()
        finally:
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
                await connection.close(timeout=2)
