"""The sandbox on a port of its own, for tests."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import uvicorn

from cloudflare_sandbox.app import ACCOUNT, NAMESPACE, TOKEN, Sandbox, create_app


@dataclass(frozen=True)
class RunningSandbox:
    """`environment` configures a service to write to it."""

    sandbox: Sandbox
    environment: dict[str, str]

    def value(self, key: str) -> str | None:
        stored = self.sandbox.kv.get(key)
        return None if stored is None else stored.value

    def expiration(self, key: str) -> int | None:
        stored = self.sandbox.kv.get(key)
        return None if stored is None else stored.expiration


@asynccontextmanager
async def running_sandbox(clock: Callable[[], float] = time.time) -> AsyncIterator[RunningSandbox]:
    app = create_app(clock)
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off"))
    serving = asyncio.create_task(server._serve([listening]))  # noqa: SLF001 - serve() would take the signals for itself
    host, port = listening.getsockname()
    environment = {
        "CLOUDFLARE_ACCOUNT_ID": ACCOUNT,
        "CLOUDFLARE_KV_NAMESPACE_ID": NAMESPACE,
        "CLOUDFLARE_API_TOKEN": TOKEN,
        "CLOUDFLARE_API_BASE": f"http://{host}:{port}/client/v4",
    }
    try:
        yield RunningSandbox(app.state.sandbox, environment)
    finally:
        server.should_exit = True
        await serving
        listening.close()
