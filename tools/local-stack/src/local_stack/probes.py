"""Is it ready? Each asks the part to do a little of its real work, and raises when it does not."""

import asyncio
from collections.abc import Awaitable, Callable

import asyncpg
import httpx

Probe = Callable[[], Awaitable[None]]


def http(url: str) -> Probe:
    """GET answers 2xx."""

    async def probe() -> None:
        async with httpx.AsyncClient(trust_env=False, timeout=5) as client:
            (await client.get(url)).raise_for_status()

    return probe


def postgres(url: str) -> Probe:
    """A query is answered."""

    async def probe() -> None:
        connection = await asyncpg.connect(url, timeout=5)
        try:
            await connection.execute("SELECT 1")
        finally:
            await connection.close()

    return probe


def says(port: int, question: bytes, answer: bytes) -> Probe:
    """Whoever listens answers `question` with what begins with `answer`."""

    async def probe() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(question)
            heard = await reader.readexactly(len(answer))
        finally:
            writer.close()
            await writer.wait_closed()
        if heard != answer:
            raise ConnectionError(f"port {port} answered {heard!r}")

    return probe


def listens(port: int) -> Probe:
    """Somebody accepts a connection."""
    return says(port, b"", b"")


def valkey(port: int) -> Probe:
    return says(port, b"PING\r\n", b"+PONG")


def smtp(port: int) -> Probe:
    return says(port, b"QUIT\r\n", b"220 ")


def epmd(port: int) -> Probe:
    """It answers NAMES_REQ (110) with its own port."""
    return says(port, b"\x00\x01n", port.to_bytes(4, "big"))


def all_of(*probes: Probe) -> Probe:
    async def probe() -> None:
        for one in probes:
            await one()

    return probe
