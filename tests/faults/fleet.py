"""The services' roles as processes of their own, each started again at once whoever ended it."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from local_stack.places import ROOT
from local_stack.probes import Probe
from local_stack.processes import Process
from local_stack.supervisor import BETWEEN_PROBES_SECONDS

READY_SECONDS = 90
STOP_SECONDS = 25
"""A process that was told to stop has ended by then."""
QUICK_DEATH_SECONDS = 1.0
"""A process that ends sooner is waited for a moment: it must not spin."""

ROLES: Mapping[str, str] = {
    "catalog": "gateway,consumer,relay,sweeper",
    "pages-gateway": "gateway",
    "pages-worker": "consumer,relay,sweeper",
    "pages-sweeper": "sweeper",
    "checkout-gateway": "gateway",
    "checkout-consumer": "consumer",
    "checkout-relay": "relay",
    "checkout-relay-2": "relay",
    "checkout-relay-3": "relay",
    "checkout-sweeper": "sweeper",
    "delivery-gateway": "gateway",
    "delivery-consumer": "consumer",
    "delivery-relay": "relay,sweeper",
    "leads": "gateway,consumer,relay,sweeper",
}
"""Of each member of the fleet. Checkout has three relays, of which one works; pages has two sweepers."""


def service_of(member: str) -> str:
    return member.partition("-")[0]


@dataclass
class Member:
    """One process. `planted` names a module of `tests.faults.planted` that spoils it before it starts."""

    name: str
    env: Mapping[str, str]
    folder: Path
    log: Path
    ready: Probe | None
    planted: str | None = None
    wrong_by: float = 0.0
    """Seconds that its clock is ahead, from its next start on."""
    stopped_slowly: bool = False
    _process: Process | None = None
    _keeping: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        await self._spawn()
        self._keeping = asyncio.create_task(self._keep())

    async def end(self) -> None:
        if self._keeping is not None:
            self._keeping.cancel()
            with suppress(asyncio.CancelledError):
                await self._keeping
        if self._process is not None:
            await self._process.kill()

    async def until_ready(self) -> None:
        """Its gateway answers; of a process without one nothing is known but that it runs."""
        if self.ready is None:
            return
        async with asyncio.timeout(READY_SECONDS):
            while True:
                try:
                    await self.ready()
                except Exception:  # noqa: BLE001 - one that is not ready may answer anything
                    await asyncio.sleep(BETWEEN_PROBES_SECONDS)
                else:
                    return

    def signal(self, number: signal.Signals) -> None:
        """Nobody, where it has just ended: its id may be another's already."""
        if self._process is not None and self._process.returncode is None:
            os.kill(self._process.pid, number)

    async def stop(self) -> None:
        """Told to stop; killed, and noted, when it has not stopped in time."""
        process = self._process
        if process is None:
            return
        self.signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await process.exited()
        except TimeoutError:
            self.stopped_slowly = True
            await process.kill()

    async def restart(self, planted: str | None = None) -> None:
        """Killed and started again, with what is `planted`; returns when it is ready."""
        self.planted = planted
        self.signal(signal.SIGKILL)
        if self._process is not None:
            await self._process.exited()
        await asyncio.sleep(BETWEEN_PROBES_SECONDS)
        await self.until_ready()

    def arm(self, failpoint: str, passage: int, by: str = "SIGKILL") -> None:
        """It dies, or stands still, when it comes by `failpoint` for the `passage`th time."""
        beside = self.folder / f".{failpoint}"
        beside.write_text(f"{passage} {by}")
        beside.replace(self.folder / failpoint)

    def disarm(self) -> bool:
        """No failpoint is deadly any more; whether one still was."""
        armed = list(self.folder.iterdir())
        for failpoint in armed:
            failpoint.unlink(missing_ok=True)
        return bool(armed)

    async def _spawn(self) -> None:
        module = f"tests.faults.planted.{self.planted}" if self.planted else service_of(self.name)
        own = {"FAILPOINTS": str(self.folder), "CLOCK_OFFSET_SECONDS": str(self.wrong_by), "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", module, *([service_of(self.name)] if self.planted else [])]
        self._process = await Process.spawn(command, {**self.env, **own}, self.log, signal.SIGKILL)

    async def _keep(self) -> None:
        loop = asyncio.get_running_loop()
        while self._process is not None:
            since = loop.time()
            await self._process.exited()
            if loop.time() - since < QUICK_DEATH_SECONDS:
                await asyncio.sleep(QUICK_DEATH_SECONDS)
            await self._spawn()


@dataclass
class Fleet:
    """All members, by name."""

    members: dict[str, Member] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Member:
        return self.members[name]

    async def start(self) -> None:
        await asyncio.gather(*(member.start() for member in self.members.values()))
        await self.until_ready()

    async def until_ready(self) -> None:
        await asyncio.gather(*(member.until_ready() for member in self.members.values()))

    def slow_to_stop(self) -> list[str]:
        """Who had to be killed after it was told to stop."""
        return [name for name, member in self.members.items() if member.stopped_slowly]

    async def end(self) -> None:
        await asyncio.gather(*(member.end() for member in self.members.values()))
