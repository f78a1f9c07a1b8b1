"""The running launcher takes orders on a Unix socket: one JSON object a line, both ways."""

import asyncio
import json
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

Answer = dict[str, Any]
Send = Callable[[Answer], Awaitable[None]]
Handler = Callable[[dict[str, Any], Send], Awaitable[None]]
"""Takes a request and a function that sends an answer; may send many."""


class NotRunning(Exception):
    """No launcher listens in this directory."""


@contextmanager
def _short(path: Path) -> Iterator[str]:
    """Another name for `path` that fits into the 107 bytes which the kernel allows, however deep its folder lies."""
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


@contextmanager
def _bound(path: Path) -> Iterator[socket.socket]:
    """A socket at `path` that its owner alone may open; the path is gone afterwards."""
    path.unlink(missing_ok=True)
    bound = socket.socket(socket.AF_UNIX)
    try:
        with _short(path) as short:
            bound.bind(short)
        path.chmod(0o600)
        yield bound
    finally:
        bound.close()
        path.unlink(missing_ok=True)


@asynccontextmanager
async def listening(path: Path, handle: Handler) -> AsyncIterator[None]:
    """Take orders while inside; at the end those who asked are still answered."""
    conversations: set[asyncio.Task[None]] = set()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(_converse(reader, writer, handle))
        conversations.add(task)
        task.add_done_callback(conversations.discard)

    with _bound(path) as bound:
        server = await asyncio.start_unix_server(begin, sock=bound)
        try:
            yield
        finally:
            server.close()
            if conversations:
                await asyncio.wait(conversations, timeout=1)


async def _converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, handle: Handler) -> None:
    async def send(answer: Answer) -> None:
        writer.write(json.dumps(answer).encode() + b"\n")
        await writer.drain()

    with suppress(ConnectionError):
        try:
            await handle(json.loads(await reader.readline()), send)
        except Exception as reason:  # noqa: BLE001 - whatever failed, who asked is told
            await send({"error": str(reason)})
        else:
            await send({"done": True})
    writer.close()


async def ask(path: Path, command: str, **arguments: Any) -> AsyncIterator[Answer]:
    """The launcher's answers to `command`, as they come. Raises NotRunning, RuntimeError with what failed."""
    try:
        with _short(path) as short:
            reader, writer = await asyncio.open_unix_connection(short)
    except OSError:
        raise NotRunning(f"no stack is running in {path.parent}") from None
    try:
        writer.write(json.dumps({"command": command, **arguments}).encode() + b"\n")
        with suppress(ConnectionError):
            async for line in reader:
                answer: Answer = json.loads(line)
                if answer.get("error"):
                    raise RuntimeError(answer["error"])
                if answer.get("done"):
                    return
                yield answer
        raise RuntimeError("the launcher ended while it was asked")
    finally:
        writer.close()
