"""The example service, started as a process of its own."""

import asyncio
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from chassis.testing import PATIENCE

ROOT = Path(__file__).parents[4]
STOPS_WITHIN = 25.0
"""The promise, in seconds."""


class Running:
    """The example service, as a process."""

    def __init__(self, child: asyncio.subprocess.Process, port: int, log: Path) -> None:
        self.child = child
        self.url = f"http://127.0.0.1:{port}"
        self.client = httpx.AsyncClient(base_url=self.url, timeout=PATIENCE)
        self._log = log

    def log(self) -> str:
        return self._log.read_text()

    async def serves(self) -> bool:
        try:
            return (await self.client.get("/health/live")).status_code == 200
        except httpx.HTTPError:
            return False

    async def refuses(self) -> bool:
        """It has heard the signal: nobody else is let in."""
        try:
            _, writer = await asyncio.open_connection(*self.url.removeprefix("http://").split(":"))
        except OSError:
            return True
        writer.close()
        return False

    async def readiness(self) -> dict[str, bool]:
        found: dict[str, bool] = (await self.client.get("/health/ready")).json()["checks"]
        return found

    async def is_ready(self) -> bool:
        return all((await self.readiness()).values())

    def tell_to_stop(self) -> None:
        self.child.send_signal(signal.SIGTERM)

    async def stopped(self) -> int:
        """The exit code; asserts that it came in time."""
        began = time.monotonic()
        async with asyncio.timeout(PATIENCE):
            code = await self.child.wait()
        assert time.monotonic() - began < STOPS_WITHIN, self.log()
        return code


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


@asynccontextmanager
async def started(environment: dict[str, str], log: Path, **more: str) -> AsyncIterator[Running]:
    port = int(more.get("EXAMPLE_HTTP_PORT", free_port()))
    given = {**environment, "EXAMPLE_HTTP_PORT": str(port), **more}
    module = f"{__package__}.example_service"
    with log.open("wb") as out:
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", module, cwd=ROOT, env=given, stdout=out, stderr=asyncio.subprocess.STDOUT
        )
    running = Running(child, port, log)
    try:
        yield running
    finally:
        await running.client.aclose()
        if child.returncode is None:
            child.kill()
            await child.wait()
