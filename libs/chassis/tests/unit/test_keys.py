"""The keys that tokens are checked against: fetched ahead, and kept whatever their address answers."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from chassis.auth import Keys
from chassis.signing import SigningKeys, generated

OURS = SigningKeys(generated("k1"))


@asynccontextmanager
async def answering(body: Any) -> AsyncIterator[str]:
    """The address of a server that answers 200 with `body` as JSON."""
    content = json.dumps(body).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(content)}\r\nConnection: close\r\n\r\n".encode()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(head + content)
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"


async def test_published_keys_are_taken() -> None:
    async with answering(OURS.jwks()) as url:
        keys = Keys(url)
        assert await keys.refresh()
    assert [key.kid for key in keys.current().keys] == ["k1"]


@pytest.mark.parametrize(
    "body",
    [
        {"status": "ok"},
        [],
        None,
        {"keys": None},
        {"keys": []},
        {"keys": [None]},
        {"keys": [{"kty": []}]},
        {"keys": [{"kty": "OKP", "crv": "Ed0", "x": "AA"}]},
    ],
)
async def test_an_answer_that_is_no_key_set_leaves_those_known_in_force(body: Any) -> None:
    known = OURS.public()
    async with answering(body) as url:
        keys = Keys(url, known)
        assert not await keys.refresh()
    assert keys.current() is known
