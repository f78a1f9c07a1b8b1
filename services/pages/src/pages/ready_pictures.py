"""Pictures kept in this process: each drawn once, in a thread, however many ask for it."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable

MOST_PICTURES = 100


class ReadyPictures:
    """By what they are of: another state of a page is another picture, so that none is ever stale."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, asyncio.Task[bytes]] = OrderedDict()
        self._drawing = asyncio.Semaphore(1)

    async def of(self, subject: Hashable, draw: Callable[[], Awaitable[Callable[[], bytes]]]) -> bytes:
        """The picture of `subject`. `draw` fetches what it needs and answers the work, which is done in a thread.

        What it raises, everybody who waits is told, and nobody after them.
        """
        task = self._kept.get(subject)
        if task is None:
            task = self._kept[subject] = asyncio.create_task(self._draw(draw))
            task.add_done_callback(lambda done: self._forget_failed(subject, done))
        self._kept.move_to_end(subject)
        while len(self._kept) > MOST_PICTURES:
            self._kept.popitem(last=False)
        return await asyncio.shield(task)

    async def _draw(self, draw: Callable[[], Awaitable[Callable[[], bytes]]]) -> bytes:
        work = await draw()
        async with self._drawing:
            return await asyncio.to_thread(work)

    def _forget_failed(self, subject: Hashable, done: asyncio.Task[bytes]) -> None:
        if (done.cancelled() or done.exception() is not None) and self._kept.get(subject) is done:
            del self._kept[subject]
