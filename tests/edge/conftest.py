"""The Worker in workerd, before an origin that says which path it was asked for, and for whom."""

import asyncio
import json
import shutil
import threading
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from chassis.testing import PATIENCE

WORKER = Path(__file__).parents[2] / "deploy" / "edge" / "worker"
NODE = shutil.which("node")


class Origin(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        forwarded = {"host": self.headers["X-Forwarded-Host"], "visitor": self.headers.get_all("X-Forwarded-For")}
        told = json.dumps({"origin": self.path, **forwarded}).encode()
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    do_POST = do_GET  # noqa: N815 - http.server names it

    def log_message(self, *_: Any) -> None:
        """Nothing: a test's output is its own."""


@pytest.fixture(scope="session")
def origin() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Origin)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


class Edge:
    """The running Worker, and the namespace it reads."""

    def __init__(self, process: asyncio.subprocess.Process, client: httpx.AsyncClient) -> None:
        self._process = process
        self.client = client

    async def put(self, key: str, value: Any) -> None:
        """Without an expiration: as stale as KV may be."""
        await self._command({"put": [key, json.dumps(value)]})

    async def _command(self, command: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(command).encode() + b"\n")
        assert await said(self._process) == {"done": True}


async def said(process: asyncio.subprocess.Process) -> Any:
    assert process.stdout is not None
    async with asyncio.timeout(PATIENCE):
        line = await process.stdout.readline()
    assert line, "workerd has ended"
    return json.loads(line)


@pytest.fixture(scope="session")
async def edge(origin: str) -> AsyncIterator[Edge]:
    if NODE is None:
        pytest.skip("no Node.js on this machine")
    if not (WORKER / "node_modules" / "miniflare").exists():
        pytest.skip("no miniflare in deploy/edge/worker; run: tools/bootstrap edge")
    pipe = asyncio.subprocess.PIPE
    program = str(WORKER / "tests" / "workerd.mjs")
    process = await asyncio.create_subprocess_exec(NODE, program, origin, stdin=pipe, stdout=pipe, cwd=WORKER)
    url = (await said(process))["url"]
    async with httpx.AsyncClient(base_url=url, timeout=PATIENCE) as client:
        yield Edge(process, client)
    assert process.stdin is not None
    process.stdin.close()
    await asyncio.wait_for(process.wait(), PATIENCE)
