"""Starts the parts in the order of their needs, keeps them running, and stops them in the reverse order."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from local_stack.ports import is_free
from local_stack.processes import Part, Process, StartFailed, Step, tail
from local_stack.waiting import until

READY_SECONDS = 90.0
ONE_PROBE_SECONDS = 10.0
BETWEEN_PROBES_SECONDS = 0.1
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10.0
STEADY_SECONDS = 30.0
"""Who ran as long as this before it died begins again with the shortest pause."""


@dataclass(frozen=True)
class Progress:
    """A part or step that changed: `seconds` since its start began."""

    name: str
    state: str
    seconds: float


Tell = Callable[[Progress], None]


class Keeper:
    """Keeps one part running: starts it, probes it, starts it anew when it dies by itself."""

    def __init__(self, part: Part, log: Path, tell: Tell) -> None:
        self.part = part
        self.state = "stopped"
        self.restarts = 0
        self._log = log
        self._tell = tell
        self._process: Process | None = None
        self._watch: asyncio.Task[None] | None = None
        self._since = time.monotonic()

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process and self._process.returncode is None else None

    @property
    def seconds(self) -> float:
        """Since its state changed."""
        return time.monotonic() - self._since

    async def start(self) -> None:
        """Returns when the part is ready. Raises StartFailed."""
        if self._watch and not self._watch.done():
            return
        await self._launch()
        self._watch = asyncio.create_task(self._restart_when_it_dies())

    async def stop(self) -> None:
        await self._unwatch()
        if self._process:
            self._become("stopping")
            await self._process.stop(self.part.stop_signal, self.part.grace)
        await self._ended()

    async def kill(self) -> None:
        """SIGKILL; it stays down until it is started again."""
        await self._unwatch()
        if self._process:
            await self._process.kill()
        await self._ended()

    async def _unwatch(self) -> None:
        if self._watch:
            self._watch.cancel()
            with suppress(asyncio.CancelledError):
                await self._watch
            self._watch = None

    async def _ended(self) -> None:
        self._process = None
        await until(lambda: all(map(is_free, self.part.ports)))
        self.part.tidy()
        self._become("stopped")

    async def _launch(self) -> None:
        began = time.monotonic()
        self._become("starting")
        await self.part.prepare()
        command, env = self.part.command, self.part.env
        self._process = await Process.spawn(command, env, self._log, self.part.orphan_signal)
        try:
            await self._until_ready(self._process)
        except BaseException as reason:
            await self._process.kill()
            self._become("failed" if isinstance(reason, StartFailed) else "stopped")
            raise
        self._become("ready", time.monotonic() - began)

    async def _until_ready(self, process: Process) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while True:
            if process.returncode is not None:
                raise StartFailed(f"{self.part.name} ended with {process.returncode}\n{tail(self._log)}")
            try:
                async with asyncio.timeout(ONE_PROBE_SECONDS):
                    await self.part.ready()
            except Exception as reason:  # a part that is not ready may answer anything
                if time.monotonic() > deadline:
                    raise StartFailed(f"{self.part.name} is not ready: {reason!r}\n{tail(self._log)}") from reason
                await asyncio.sleep(BETWEEN_PROBES_SECONDS)
            else:
                return

    async def _restart_when_it_dies(self) -> None:
        pause = FIRST_PAUSE
        while self._process:
            began = time.monotonic()
            await self._process.exited()
            pause = FIRST_PAUSE if time.monotonic() - began > STEADY_SECONDS else pause
            self.restarts += 1
            self._become("restarting")
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
            with suppress(StartFailed, OSError):
                await self._launch()

    def _become(self, state: str, seconds: float = 0.0) -> None:
        self.state = state
        self._since = time.monotonic()
        self._tell(Progress(self.part.name, state, seconds))


class Supervisor:
    """All parts of a stack, by name."""

    def __init__(self, parts: Sequence[Part], steps: Sequence[Step], logs: Path, tell: Tell) -> None:
        self.keepers = {part.name: Keeper(part, logs / f"{part.name}.log", tell) for part in parts}
        self._steps = {step.name: step for step in steps}
        self._tell = tell

    async def start(self) -> None:
        """Everything, as parallel as the needs allow. Raises the first StartFailed; what runs then goes on running."""
        done = {name: asyncio.Event() for name in (*self.keepers, *self._steps)}
        try:
            async with asyncio.TaskGroup() as group:
                for name in done:
                    group.create_task(self._begin(name, done))
        except BaseExceptionGroup as failures:
            raise (_first(failures) or failures) from None

    async def stop(self) -> None:
        """Each within its own grace, after all that need it."""
        needs = self._needs()
        gone = {name: asyncio.Event() for name in needs}

        async def end(name: str) -> None:
            for other in (other for other, needed in needs.items() if name in needed):
                await gone[other].wait()
            if name in self.keepers:
                await self.keepers[name].stop()
            gone[name].set()

        await asyncio.gather(*(end(name) for name in needs))

    async def kill(self) -> None:
        """Everything, at once: for a stack whose state is thrown away."""
        await asyncio.gather(*(keeper.kill() for keeper in self.keepers.values()))

    async def _begin(self, name: str, done: Mapping[str, asyncio.Event]) -> None:
        for needed in self._needs()[name]:
            await done[needed].wait()
        if name in self.keepers:
            await self.keepers[name].start()
        else:
            began = time.monotonic()
            self._tell(Progress(name, "starting", 0.0))
            await self._steps[name].run()
            self._tell(Progress(name, "done", time.monotonic() - began))
        done[name].set()

    def _needs(self) -> dict[str, tuple[str, ...]]:
        parts = {name: keeper.part.needs for name, keeper in self.keepers.items()}
        return parts | {name: step.needs for name, step in self._steps.items()}


def _first(failures: BaseExceptionGroup[BaseException]) -> StartFailed | None:
    """The failure to tell; the others are mostly its consequences."""
    for failure in failures.exceptions:
        if isinstance(failure, BaseExceptionGroup) and (inner := _first(failure)):
            return inner
        if isinstance(failure, StartFailed):
            return failure
    return None
