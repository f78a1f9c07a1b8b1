"""What goes wrong, each kind a small class: it begins, and after a while it ends."""

import asyncio
import signal
from dataclasses import dataclass
from typing import Any, Protocol

from .proxies import Trouble
from .world import World


class Fault(Protocol):
    """`str(fault)` says it in words."""

    @property
    def place(self) -> str:
        """What it is done to: two at the same would undo each other."""

    async def begin(self, world: World) -> None: ...

    async def end(self, world: World) -> bool:
        """Nothing of it is left, but for what has to recover by itself; whether it struck at all."""


@dataclass(frozen=True)
class KilledAt:
    """A process dies at a failpoint; `passage` counts from 1."""

    member: str
    failpoint: str
    passage: int

    @property
    def place(self) -> str:
        return self.member

    def __str__(self) -> str:
        return f"{self.member} dies at {self.failpoint} ({self.passage})"

    async def begin(self, world: World) -> None:
        world.fleet[self.member].arm(self.failpoint, self.passage)

    async def end(self, world: World) -> bool:
        """Struck is who came by often enough."""
        return not world.fleet[self.member].disarm()


@dataclass(frozen=True)
class StillAt:
    """A process stands still at a failpoint, then goes on."""

    member: str
    failpoint: str
    longer: float
    """Seconds beyond those that the fault lasts: past the lease of what it holds there."""

    @property
    def place(self) -> str:
        return self.member

    def __str__(self) -> str:
        return f"{self.member} stands still at {self.failpoint}, {self.longer:g} s longer"

    async def begin(self, world: World) -> None:
        world.fleet[self.member].arm(self.failpoint, 1, by="SIGSTOP")

    async def end(self, world: World) -> bool:
        """Struck is who came by."""
        struck = not world.fleet[self.member].disarm()
        try:
            await asyncio.sleep(self.longer if struck else 0)
        finally:
            world.fleet[self.member].signal(signal.SIGCONT)
        return struck


@dataclass(frozen=True)
class Killed:
    """A process is killed; the fleet starts it again."""

    member: str

    @property
    def place(self) -> str:
        return self.member

    def __str__(self) -> str:
        return f"{self.member} is killed"

    async def begin(self, world: World) -> None:
        world.fleet[self.member].signal(signal.SIGKILL)

    async def end(self, world: World) -> bool:
        """It was started again already."""
        return True


@dataclass(frozen=True)
class ToldToStop:
    """A process is told to stop, and has to do so in time; the fleet starts it again."""

    member: str

    @property
    def place(self) -> str:
        return self.member

    def __str__(self) -> str:
        return f"{self.member} is told to stop"

    async def begin(self, world: World) -> None:
        await world.fleet[self.member].stop()

    async def end(self, world: World) -> bool:
        """It was started again already."""
        return True


@dataclass(frozen=True)
class Stopped:
    """A process stands still for a while, holding what it holds."""

    member: str

    @property
    def place(self) -> str:
        return self.member

    def __str__(self) -> str:
        return f"{self.member} stands still"

    async def begin(self, world: World) -> None:
        world.fleet[self.member].signal(signal.SIGSTOP)

    async def end(self, world: World) -> bool:
        world.fleet[self.member].signal(signal.SIGCONT)
        return True


@dataclass(frozen=True)
class Troubled:
    """A proxy does not just pass."""

    proxy: str
    trouble: Trouble
    words: str

    @property
    def place(self) -> str:
        return self.proxy

    def __str__(self) -> str:
        return f"{self.proxy} {self.words}"

    async def begin(self, world: World) -> None:
        await world.proxies[self.proxy].become(self.trouble)

    async def end(self, world: World) -> bool:
        proxy = world.proxies[self.proxy]
        struck = self.trouble.lose_answer_to is None or proxy.lost > 0
        await proxy.become(Trouble())
        return struck


@dataclass(frozen=True)
class PartKilled:
    """A part of the stack is killed, and started again when the fault ends."""

    part: str

    @property
    def place(self) -> str:
        return self.part

    def __str__(self) -> str:
        return f"{self.part} is down"

    async def begin(self, world: World) -> None:
        await world.stack.kill(self.part)

    async def end(self, world: World) -> bool:
        await world.stack.start(self.part)
        return True


@dataclass(frozen=True)
class CacheFlushed:
    @property
    def place(self) -> str:
        return "valkey"

    def __str__(self) -> str:
        return "the cache is flushed"

    async def begin(self, world: World) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", world.proxies["valkey"].target)
        writer.write(b"FLUSHALL\r\n")
        await reader.readexactly(len(b"+OK\r\n"))
        writer.close()
        await writer.wait_closed()

    async def end(self, world: World) -> bool:
        """It fills by itself."""
        return True


@dataclass(frozen=True)
class ClockWrong:
    """A process started anew with a clock that is wrong by `seconds`, and then with a right one."""

    member: str
    seconds: int

    @property
    def place(self) -> str:
        return self.member

    def __str__(self) -> str:
        return f"the clock of {self.member} is {self.seconds:+d} s off"

    async def begin(self, world: World) -> None:
        world.fleet[self.member].wrong_by = self.seconds
        await world.fleet[self.member].restart()

    async def end(self, world: World) -> bool:
        world.fleet[self.member].wrong_by = 0
        await world.fleet[self.member].restart()
        return True


@dataclass(frozen=True)
class WebhooksDisturbed:
    """Stripe sends each event several times, late, and so in another order."""

    duplicates: int
    latest: float
    seed: int

    @property
    def place(self) -> str:
        return "webhooks"

    def __str__(self) -> str:
        return f"Stripe's events come {1 + self.duplicates} times, up to {self.latest:.1f} s late"

    async def begin(self, world: World) -> None:
        told: dict[str, Any] = {"duplicates": self.duplicates, "delay_max": self.latest, "seed": self.seed}
        await world.sandbox.control("/webhooks/disturb", told)

    async def end(self, world: World) -> bool:
        await world.sandbox.control("/webhooks/disturb")
        return True


@dataclass(frozen=True)
class WebhooksHeld:
    """Stripe's events are held, then come one after another, in another order, each several times."""

    order: str
    copies: int
    seed: int

    @property
    def place(self) -> str:
        return "webhooks"

    def __str__(self) -> str:
        return f"Stripe's events are held, then come {self.order}, {self.copies} times each"

    async def begin(self, world: World) -> None:
        await world.sandbox.control("/webhooks/pause")

    async def end(self, world: World) -> bool:
        told = {"order": self.order, "copies": self.copies, "seed": self.seed}
        await world.sandbox.control("/webhooks/release", told)
        return True


@dataclass(frozen=True)
class StripeFails:
    """Stripe answers the next `times` requests with an error or not at all, having acted or not; or late."""

    path: str
    answer: str
    act: bool
    times: int
    delay: float = 0.0

    @property
    def place(self) -> str:
        return "stripe"

    def __str__(self) -> str:
        acted = "having acted" if self.act else "doing nothing"
        return f"Stripe answers {self.path} {self.times} times with {self.answer}, {acted}, after {self.delay:g} s"

    async def begin(self, world: World) -> None:
        told: dict[str, Any] = {"path": self.path, "answer": self.answer, "act": self.act, "times": self.times}
        await world.sandbox.control("/faults", {**told, "delay_before": self.delay})

    async def end(self, world: World) -> bool:
        await world.sandbox.control("/faults", method="DELETE")
        return True
