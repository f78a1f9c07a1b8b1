"""What a person does with a stack that runs, or should, in the background."""

import asyncio
import os
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from local_stack import control
from local_stack.control import Answer, NotRunning
from local_stack.display import Display, addresses, say, table
from local_stack.places import UNPACKED, AlreadyRunning, State
from local_stack.processes import StartFailed, tail
from local_stack.waiting import until

STOP_SECONDS = 60.0
ANSWER_SECONDS = 10.0
"""A launcher holds its directory a moment before it takes orders, and a moment after."""


async def up(state: State, options: Sequence[str]) -> int:
    """Start the stack in the background; return when all is ready.

    One that runs already only tells its addresses; one that is stopping is waited for, and started anew.
    """
    runs = state.is_locked()
    launcher = None if runs else _launch(state, options)
    answer = await _watched(state, launcher, Display(quiet=runs))
    if "up" in answer:
        say(f"\n{addresses(answer['up'], state.endpoints, answer['parts'])}")
        say("\n  make status · make logs S=checkout · make down")
        return 0
    await _ended(state)
    return await up(state, options) if "stopping" in answer else 1


async def _watched(state: State, launcher: subprocess.Popen[bytes] | None, display: Display) -> Answer:
    """The last that the launcher tells. Raises StartFailed when ours ended before it could tell anything."""
    reminder = asyncio.create_task(display.remind())
    answer: Answer = {}
    try:
        async for answer in _ask(state, "watch", launcher):
            display.show(answer)
    except (NotRunning, RuntimeError):
        if launcher is None:
            return {"stopping": True}
        await _ended(state)
        raise StartFailed(f"the launcher ended with {launcher.wait()}\n{tail(state.log('launcher'))}") from None
    finally:
        reminder.cancel()
    return answer


async def _ask(state: State, command: str, launcher: subprocess.Popen[bytes] | None = None) -> AsyncIterator[Answer]:
    """As `control.ask`; asks again while `launcher`, or whoever holds the directory, is not ready to listen.

    Raises NotRunning when neither is there, AlreadyRunning when the holder listens to nobody.
    """
    deadline = time.monotonic() + ANSWER_SECONDS
    while True:
        try:
            async for answer in control.ask(state.control, command):
                yield answer
            return
        except NotRunning:
            begins = launcher is not None and launcher.poll() is None
            if not begins and not state.is_locked():
                raise
            if not begins and time.monotonic() > deadline:
                raise AlreadyRunning(f"{state.path} is held by a process that takes no orders") from None
        await asyncio.sleep(0.05)


def _launch(state: State, options: Sequence[str]) -> subprocess.Popen[bytes]:
    """A launcher in a session of its own."""
    say(f"Starting; logs in {state.logs}")
    state.logs.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "local_stack", "supervise", "--state", str(state.path), *options]
    with state.log("launcher").open("ab") as out:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True)


async def down(state: State) -> int:
    """Stop the stack, and return when nothing of it runs. Raises AlreadyRunning when it does not stop, or hear."""
    began = time.monotonic()
    try:
        async for _ in _ask(state, "down"):
            pass
    except NotRunning:
        say("No stack is running.")
        return 0
    say("Stopping …")
    await _ended(state)
    say(f"Stopped after {time.monotonic() - began:.1f} s.")
    return 0


async def _ended(state: State) -> None:
    """Wait for the launcher to let go of the directory: its process may stay, as a zombie that nobody reaps."""
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await until(lambda: not state.is_locked())
    except TimeoutError:
        raise AlreadyRunning(
            f"The stack in {state.path} has not stopped after {STOP_SECONDS:.0f} s\n{tail(state.log('launcher'))}"
        ) from None


async def status(state: State) -> int:
    """What runs, and where; 3 when nothing does."""
    try:
        async for answer in control.ask(state.control, "status"):
            running = [part["name"] for part in answer["parts"]]
            say(f"{table(answer['parts'])}\n\n{addresses(answer['endpoints'], state.endpoints, running)}")
    except NotRunning as reason:
        say(f"{reason}; start one: make up")
        return 3
    return 0


async def order(state: State, command: str, name: str) -> int:
    """Start, stop, restart or kill one part of the running stack."""
    async for _ in control.ask(state.control, command, name=name):
        pass
    return 0


async def clean(state: State) -> int:
    """Stop the stack and throw its state away. What was unpacked from Debian's packages stays."""
    if state.path.exists():
        await down(state)
    for entry in state.path.glob("*"):
        if entry != UNPACKED:
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    say(f"{state.path} is empty.")
    return 0


def logs(state: State, name: str) -> int:
    """Follow the logs of all parts, or of one: this process becomes `tail`."""
    files = sorted(state.logs.glob(f"{name or '*'}.log"))
    if not files:
        known = ", ".join(sorted(file.stem for file in state.logs.glob("*.log")))
        say(f"No log of {name!r}. There are: {known}" if known else "No logs yet; start a stack: make up")
    else:
        os.execvp("tail", ["tail", "-n", "40", "-F", *map(_shown, files)])
    return 1


def _shown(file: Path) -> str:
    """The path that `tail` heads a log with: short where it can be."""
    return os.path.relpath(file) if file.is_relative_to(Path.cwd()) else str(file)
