"""Each trouble of a proxy is what it says."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from chassis.testing import PATIENCE

from .proxies import Proxy, Trouble

Connect = Callable[[], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]
heard: list[bytes] = []


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while line := await reader.readline():
        heard.append(line)
        writer.write(line)
        await writer.drain()
    writer.close()


@pytest.fixture
async def proxy() -> AsyncIterator[Proxy]:
    """Before a server that says what it heard."""
    heard.clear()
    server = await asyncio.start_server(_echo, "127.0.0.1", 0)
    async with server, Proxy("echo", server.sockets[0].getsockname()[1]) as proxy:
        yield proxy


async def say(proxy: Proxy, line: bytes) -> bytes:
    """The answer on a new connection, to its end or the end of the line."""
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    try:
        writer.write(line)
        async with asyncio.timeout(PATIENCE):
            return await reader.readline()
    except ConnectionError:
        return b""
    finally:
        writer.close()


async def test_what_is_not_troubled_passes(proxy: Proxy) -> None:
    assert await say(proxy, b"hello\n") == b"hello\n"


async def test_a_cut_ends_what_is_open_and_takes_nothing_new(proxy: Proxy) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    writer.write(b"first\n")
    assert await reader.readline() == b"first\n"
    await proxy.become(Trouble(cut=True))
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await reader.readexactly(1)
    writer.close()
    assert await say(proxy, b"second\n") == b""
    await proxy.become(Trouble())
    assert await say(proxy, b"third\n") == b"third\n"


async def test_a_hole_lets_pass_later_what_it_swallowed(proxy: Proxy) -> None:
    await proxy.become(Trouble(hole=True))
    answer = asyncio.create_task(say(proxy, b"hello\n"))
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.target)
    writer.write(b"past the proxy\n")
    await reader.readline()
    writer.close()
    assert (heard, answer.done()) == ([b"past the proxy\n"], False)
    await proxy.become(Trouble())
    assert await answer == b"hello\n"


async def test_a_lost_answer_is_to_something_that_arrived(proxy: Proxy) -> None:
    await proxy.become(Trouble(lose_answer_to=b"COMMIT"))
    assert await say(proxy, b"SELECT\n") == b"SELECT\n"
    assert await say(proxy, b"COMMIT\n") == b""
    async with asyncio.timeout(PATIENCE):
        while b"COMMIT\n" not in heard:  # noqa: ASYNC110 - the other end of a socket tells nobody
            await asyncio.sleep(0.01)
