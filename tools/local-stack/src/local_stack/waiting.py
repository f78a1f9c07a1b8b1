"""Waiting for what tells nobody when it comes: processes, ports and files."""

import asyncio
from collections.abc import Callable


async def until(is_true: Callable[[], bool], *, every: float = 0.05) -> None:
    """Look again and again; put an asyncio.timeout around it where it may never come."""
    while not is_true():  # noqa: ASYNC110 - there is no event to wait for
        await asyncio.sleep(every)
