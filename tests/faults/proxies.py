"""A TCP proxy before each thing the services lean on: it passes, cuts, swallows, slows, or loses an answer."""

import asyncio
import random
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

CHUNK = 65_536
DELAYED = 1 / 3
"""Of the pieces that could be."""


@dataclass
class Trouble:
    """What a proxy does to the connections it has, and to new ones."""

    cut: bool = False
    """Every connection ends, and a new one is closed at once."""
    hole: bool = False
    """Connections stay open, and nothing passes."""
    delay: float = 0.0
    """Seconds before a piece is passed on, of one in three: who comes later may be earlier."""
    delayed: bytes = b""
    """Only pieces with these bytes in them are."""
    lose_answer_to: bytes | None = None
    """What is sent with these bytes in it arrives; its answer does not, and the connection ends."""


@dataclass
class Proxy:
    """Listens on a port of its own for `name`, which answers on `target`, both of 127.0.0.1."""

    name: str
    target: int
    trouble: Trouble = field(default_factory=Trouble)
    lost: int = 0
    """How many answers were lost in this trouble."""
    port: int = 0
    _server: asyncio.Server | None = None
    _open: set[asyncio.Task[None]] = field(default_factory=set)
    _passing: asyncio.Event = field(default_factory=asyncio.Event)

    async def __aenter__(self) -> Self:
        self._passing.set()
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        await self._end_all()

    async def become(self, trouble: Trouble) -> None:
        """From now on."""
        self.trouble, self.lost = trouble, 0
        if trouble.hole:
            self._passing.clear()
        else:
            self._passing.set()
        if trouble.cut:
            await self._end_all()

    async def _end_all(self) -> None:
        tasks = list(self._open)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _accept(self, client: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            if not self.trouble.cut:
                await self._join(client, back)
        except (OSError, asyncio.CancelledError):
            pass  # whoever ended it, both sides see it end
        finally:
            self._open.discard(task)
            back.transport.abort()

    async def _join(self, client: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        server, there = await asyncio.open_connection("127.0.0.1", self.target)
        ways = [
            asyncio.ensure_future(self._pass(client, there, asked=True)),
            asyncio.ensure_future(self._pass(server, back, asked=False)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            there.transport.abort()
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)

    async def _pass(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, asked: bool) -> None:
        with suppress(OSError):
            while piece := await source.read(CHUNK):
                await self._passing.wait()
                if self._delays(piece):
                    await asyncio.sleep(self.trouble.delay)
                losing = asked and self._loses(piece)
                sink.write(piece)
                await sink.drain()
                if losing:
                    self.lost += 1
                    return

    def _delays(self, piece: bytes) -> bool:
        return self.trouble.delay > 0 and self.trouble.delayed in piece and random.random() < DELAYED

    def _loses(self, piece: bytes) -> bool:
        return self.trouble.lose_answer_to is not None and self.trouble.lose_answer_to in piece
