"""A TCP proxy whose two directions can be held back, or whose connections can be cut."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit, urlunsplit


class Proxy:
    """`forth` and `back` are open when set; while one is not, its bytes wait, and nobody is told."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self.port = 0
        self.forth = asyncio.Event()
        self.back = asyncio.Event()
        self.release()

    def hold(self) -> None:
        """Like a network that swallows everything."""
        self.forth.clear()
        self.back.clear()

    def release(self) -> None:
        self.forth.set()
        self.back.set()

    def url(self, url: str) -> str:
        """`url`, by way of this proxy."""
        at = urlsplit(url)
        login = at.netloc.rpartition("@")[0]
        return urlunsplit(at._replace(netloc=f"{login}@127.0.0.1:{self.port}" if login else f"127.0.0.1:{self.port}"))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, thither = await asyncio.open_connection(*self._target)
        self._writers |= {writer, thither}
        await asyncio.gather(_pump(reader, thither, self.forth), _pump(there, writer, self.back))

    async def listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    def close(self) -> None:
        """Gone: connections are cut, and none is taken any more."""
        assert self._server is not None
        self._server.close()
        self.release()
        self.cut()

    def cut(self) -> None:
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, gate: asyncio.Event) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65536):
            await gate.wait()
            writer.write(data)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def proxied(url: str) -> AsyncIterator[Proxy]:
    """A proxy before the server that `url` leads to."""
    at = urlsplit(url)
    assert at.hostname is not None
    assert at.port is not None
    proxy = Proxy(at.hostname, at.port)
    await proxy.listen()
    try:
        yield proxy
    finally:
        proxy.close()
