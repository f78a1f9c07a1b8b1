"""Many small pieces of work as few transactions: whoever comes while one is under way waits for the next.

An idle service does each at once; under load a transaction carries all that came meanwhile, and is paid for once.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

from chassis.db import unreachable

Item = TypeVar("Item")
Result = TypeVar("Result")
MOST = 100
"""Items a batch takes."""


class Batches(Generic[Item, Result]):
    """`work` answers each of its items, in their order. Two with the same `key` are never in one batch."""

    def __init__(self, work: Callable[[list[Item]], Awaitable[list[Result]]], key: Callable[[Item], Hashable]) -> None:
        self._work = work
        self._key = key
        self._waiting: list[tuple[Item, asyncio.Future[Result]]] = []
        self._worker: asyncio.Task[None] | None = None

    async def do(self, item: Item) -> Result:
        """What `work` answers for `item`; raises what it raises for it alone, or that the database is away."""
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._run())
        return await future

    async def _run(self) -> None:
        while batch := self._next():
            await self._answer(batch)

    def _next(self) -> list[tuple[Item, asyncio.Future[Result]]]:
        """The oldest of each key; who has gone away meanwhile is passed over."""
        chosen: dict[Hashable, tuple[Item, asyncio.Future[Result]]] = {}
        left = []
        for entry in self._waiting:
            key = self._key(entry[0])
            if key in chosen or len(chosen) == MOST:
                left.append(entry)
            elif not entry[1].done():
                chosen[key] = entry
        self._waiting = left
        return list(chosen.values())

    async def _answer(self, batch: list[tuple[Item, asyncio.Future[Result]]]) -> None:
        try:
            results = await self._work([item for item, _ in batch])
        except Exception as error:  # noqa: BLE001 - whatever it is, it is for who asked
            if len(batch) > 1 and not unreachable(error):  # one spoils it: each alone, so that only that one fails
                for entry in batch:
                    await self._answer([entry])
            else:
                for _, future in batch:
                    _settle(future, error=error)
            return
        for (_, future), result in zip(batch, results, strict=True):
            _settle(future, result)


def _settle(future: "asyncio.Future[Result]", result: Result | None = None, error: Exception | None = None) -> None:
    if future.done():  # who asked has gone away
        return
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(result)  # type: ignore[arg-type]
