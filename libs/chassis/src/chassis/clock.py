"""The time of day, as something that can be handed in, and waiting that ends when the process is to stop."""

import asyncio
import os
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from uuid_utils.compat import uuid7

WRONG_BY = timedelta(seconds=float(os.environ.get("CLOCK_OFFSET_SECONDS", "0")))
"""How wrong this process's clock is: for tests of what that does."""


class Clock(Protocol):
    def now(self) -> datetime:
        """This moment, in UTC."""


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC) + WRONG_BY


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562): unique, and rising with time."""
    return uuid7()


def made_at(identifier: UUID) -> datetime | None:
    """When a UUIDv7 says that it was made; None of another kind, and of a time that no calendar has."""
    if identifier.version != 7:
        return None
    try:
        return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=identifier.int >> 80)
    except OverflowError:
        return None


def backoff(tries: int, first: timedelta = timedelta(seconds=2)) -> timedelta:
    """How long to leave alone what has failed for the `tries`th time: doubling from `first`, at most ten minutes."""
    return min(first * 2.0 ** (min(tries, 10) - 1), timedelta(minutes=10))


async def pause(seconds: float, stopping: asyncio.Event) -> None:
    """Return after `seconds`, or at once when the process is told to stop."""
    try:
        async with asyncio.timeout(seconds):
            await stopping.wait()
    except TimeoutError:
        return


async def first_of(*waits: Coroutine[Any, Any, object]) -> None:
    """Return when the first of `waits` has ended; the others are given up."""
    tasks = [asyncio.create_task(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
