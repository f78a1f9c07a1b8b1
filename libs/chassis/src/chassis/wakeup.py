"""Waiting for PostgreSQL's NOTIFY, with the clock as the fallback."""

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Self

import asyncpg

from chassis import telemetry
from chassis.db import CLOSE_SECONDS, CONNECT_SECONDS, DATABASE_ERRORS

log = telemetry.logger(__name__)


class Wakeup:
    """`wait(seconds)` returns at a NOTIFY on `channel`, and after `seconds` at the latest."""

    def __init__(self, database_url: str, channel: str) -> None:
        self._url = database_url
        self._channel = channel
        self._connection: asyncpg.Connection | None = None
        self._woken = asyncio.Event()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._connection is not None and not self._connection.is_closed():
            with suppress(*DATABASE_ERRORS):
                await self._connection.close(timeout=CLOSE_SECONDS)

    def wake(self) -> None:
        self._woken.set()

    async def wait(self, seconds: float) -> None:
        """Return when woken, or after `seconds`. A lost connection is made anew; until then only the clock wakes."""
        await self._listen()
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            return
        finally:
            self._woken.clear()

    async def _listen(self) -> None:
        if self._connection is not None and not self._connection.is_closed():
            return
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                self._connection = await self._listener()
            self._woken.set()  # what was told while nobody listened
        except DATABASE_ERRORS as error:
            log.warning("cannot listen; polling", channel=self._channel, error=str(error) or type(error).__name__)

    async def _listener(self) -> asyncpg.Connection:
        connection = await asyncpg.connect(self._url)
        try:
            await connection.add_listener(self._channel, lambda *_: self._woken.set())
        except BaseException:
            connection.terminate()
            raise
        return connection
