"""What is said and waited for when a stack stops, or cannot start."""

import asyncio
import os
import shutil
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
