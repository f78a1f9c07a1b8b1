"""What is said and waited for when a stack stops, or cannot start."""

import asyncio
import os
import shutil
import socket
import subprocess
import sys
from asyncio.subprocess import PIPE, STDOUT
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from local_stack import commands, control
from local_stack.places import AlreadyRunning, State
from local_stack.processes import StartFailed


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "STOP_SECONDS", 0.5)


async def test_a_stack_is_down_when_its_directory_is_free_though_its_process_stays(tmp_path: Path) -> None:
    state, lock = State(tmp_path), ExitStack()

    async def obey(_request: dict[str, Any], send: control.Send) -> None:
        await send({"pid": os.getpid()})
        lock.close()

    with lock:
        lock.enter_context(state.locked())
        async with control.listening(state.control, obey):
            assert await commands.down(state) == 0


async def test_a_stack_that_does_not_stop_is_told_with_the_end_of_its_log(tmp_path: Path) -> None:
    state = State(tmp_path)

    async def ignore(_request: dict[str, Any], _send: control.Send) -> None:
        state.log("launcher").write_text("still busy\n")

    with state.locked():
        async with control.listening(state.control, ignore):
            with pytest.raises(AlreadyRunning, match=r"has not stopped after(.|\n)*still busy"):
                await commands.down(state)


async def test_a_stack_that_cannot_start_says_why_however_early_it_ends(tmp_path: Path) -> None:
    data = tmp_path / "postgres" / "data"
    data.mkdir(parents=True)
    data.joinpath("PG_VERSION").write_text("9\n")
    command = [sys.executable, "-m", "local_stack", "up", "--infrastructure", "--state", str(tmp_path)]
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=STDOUT)
    told, _ = await process.communicate()
    assert process.returncode == 1
    assert b"was made by PostgreSQL 9, which is not on this machine" in told
    assert b"Traceback" not in told


async def test_a_launcher_that_never_took_orders_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", shutil.which("false"))
    with pytest.raises(StartFailed, match="the launcher ended with 1"):
        await commands.up(State(tmp_path), [])


async def test_what_the_locale_cannot_write_ends_no_command_halfway(tmp_path: Path) -> None:
    state, lock = State(tmp_path), ExitStack()

    async def obey(_request: dict[str, Any], _send: control.Send) -> None:
        lock.close()

    with lock:
        lock.enter_context(state.locked())
        async with control.listening(state.control, obey):
            command = [sys.executable, "-m", "local_stack", "down", "--state", str(tmp_path)]
            latin = {**os.environ, "PYTHONIOENCODING": "latin-1"}
            process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=STDOUT, env=latin)
            told, _ = await process.communicate()
    assert process.returncode == 0, told
    assert told.startswith(b"Stopping ?\nStopped after")


async def test_what_is_held_by_one_that_takes_no_orders_is_neither_down_nor_cleaned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "ANSWER_SECONDS", 0.1)
    state = State(tmp_path)
    with state.locked():
        state.secrets.write_text("{}")
        for command in (commands.down, commands.clean):
            with pytest.raises(AlreadyRunning, match="takes no orders"):
                await command(state)
    assert state.secrets.exists()
    assert await commands.clean(state) == 0
    assert not state.secrets.exists()


class Beginning(subprocess.Popen[bytes]):
    """A launcher that runs, and notes that it was asked whether it does."""

    def __init__(self) -> None:
        self.was_asked = asyncio.Event()

    def __del__(self) -> None:
        """It has no process to reap."""

    def poll(self) -> None:
        self.was_asked.set()


async def test_a_launcher_that_does_not_listen_yet_is_asked_again(tmp_path: Path) -> None:
    state, launcher = State(tmp_path), Beginning()

    async def watch(_request: dict[str, Any], send: control.Send) -> None:
        await send({"up": {}})

    async def ask() -> list[control.Answer]:
        return [answer async for answer in commands._ask(state, "watch", launcher)]

    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(state.control))
        asked = asyncio.create_task(ask())
        await launcher.was_asked.wait()
    async with control.listening(state.control, watch):
        assert await asked == [{"up": {}}]
