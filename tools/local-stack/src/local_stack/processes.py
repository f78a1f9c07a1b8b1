"""One child process: in a session of its own, with its log, and tied to the life of who started it."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

INHERITED = ("PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR")
"""All that a part gets of our own environment: what a developer has exported must not change the stack."""
LOG_LIMIT_BYTES = 20_000_000


class StartFailed(Exception):
    """A part did not come up. The message ends with the last lines of its log."""


async def nothing() -> None:
    """What a part prepares that needs no preparation."""


def untouched() -> None:
    """What a part tidies that leaves nothing behind."""


@dataclass(frozen=True)
class Part:
    """A process of the stack: how it is started, when it is ready, how it is told to stop."""

    name: str
    command: Sequence[str]
    ready: Callable[[], Awaitable[None]]
    """Raises until the part does its work."""
    env: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    """Names of parts and steps that come first."""
    prepare: Callable[[], Awaitable[None]] = nothing
    """Before each start: files and folders that the process expects."""
    tidy: Callable[[], None] = untouched
    """After each end: what the process leaves outside the stack's directory."""
    ports: tuple[int, ...] = ()
    stop_signal: signal.Signals = signal.SIGTERM
    grace: float = 10.0
    """Seconds between the signal and SIGKILL."""
    orphan_signal: signal.Signals = signal.SIGKILL
    """What the kernel sends when the launcher dies."""


@dataclass(frozen=True)
class Step:
    """Work that is done once, between the parts it needs and those that need it."""

    name: str
    run: Callable[[], Awaitable[None]]
    needs: tuple[str, ...] = ()


class Process:
    """A running child. Make it with `spawn`."""

    def __init__(self, child: asyncio.subprocess.Process) -> None:
        self._child = child
        self.pid = child.pid

    @classmethod
    async def spawn(
        cls, command: Sequence[str], env: Mapping[str, str], log: Path, orphan_signal: signal.Signals
    ) -> "Process":
        """Start `command`. Its wrappers only exec, so the process that the kernel ties to us is the one that works."""
        with open_log(log) as out:
            child = await asyncio.create_subprocess_exec(
                *tied(command, orphan_signal),
                env=environment(env),
                cwd=log.parent,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=out,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,
            )
        return cls(child)

    @property
    def returncode(self) -> int | None:
        return self._child.returncode

    async def exited(self) -> int:
        return await self._child.wait()

    async def stop(self, number: signal.Signals, grace: float) -> None:
        """Ask with `number`, wait `grace` seconds, then kill; what is left of its session is killed in any case."""
        with suppress(ProcessLookupError):
            self._child.send_signal(number)
        with suppress(TimeoutError):
            async with asyncio.timeout(grace):
                await self._child.wait()
        await self.kill()

    async def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        await self._child.wait()


def tied(command: Sequence[str], orphan_signal: signal.Signals) -> list[str]:
    """`command`, to which the kernel sends `orphan_signal` when the thread that starts it is gone.

    setpriv comes last before the program: unshare, a change of user, clears the tie.
    """
    at = command.index("--") + 1 if command[0] in {"unshare", "setpriv"} else 0
    tie = ["setpriv", "--pdeathsig", orphan_signal.name.removeprefix("SIG"), "--"]
    return [*command[:at], *tie, *command[at:]]


def environment(own: Mapping[str, str]) -> dict[str, str]:
    """The little that is inherited, then what the part is given."""
    inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
    return {**inherited, "PYTHONUNBUFFERED": "1", **own}


def open_log(log: Path) -> BinaryIO:
    """The log to append to; one that has grown large is set aside first."""
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > LOG_LIMIT_BYTES:
        log.replace(log.with_suffix(".log.1"))
    return log.open("ab")


async def run_to_end(command: Sequence[str], env: Mapping[str, str], log: Path, *, seconds: float = 120) -> None:
    """Run `command` and wait for it. Raises StartFailed, with the end of its log, when it fails or takes too long."""
    process = await Process.spawn(command, env, log, signal.SIGKILL)
    try:
        async with asyncio.timeout(seconds):
            code = await process.exited()
    except TimeoutError:
        raise StartFailed(f"{log.stem} took more than {seconds:.0f} s\n{tail(log)}") from None
    finally:
        await process.kill()
    if code:
        raise StartFailed(f"{log.stem} failed with {code}\n{tail(log)}")


def tail(log: Path, lines: int = 15) -> str:
    """The end of a log, indented, under its path."""
    text = log.read_text(errors="replace").splitlines()[-lines:] if log.exists() else []
    return "\n".join([f"  {log}:", *(f"    {line}" for line in text)])
