"""With a stack of nothing: what those hear who watch it, and who start or stop it at the same time."""

import asyncio
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from local_stack import commands, control
from local_stack.control import Answer
from local_stack.launcher import Launcher
from local_stack.places import State
from local_stack.waiting import until


class Nothing:
    """A stack that is up at once, unless it fails, and ends when it may."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.endpoints: dict[str, Any] = {}
        self.parts: dict[str, Any] = {}
        self.may_end = asyncio.Event()
        self._failure = failure

    async def open(self) -> None:
        if self._failure:
            raise self._failure

    async def close(self) -> None:
        await self.may_end.wait()


class Launched:
    """A launcher as a task of this process."""

    def __init__(self, state: State, failure: Exception | None = None) -> None:
        self.told: list[Answer] = []
        self.stack = Nothing(failure)
        launcher = Launcher(state, {}, show=self.told.append)
        launcher._stack = self.stack  # type: ignore[assignment]
        self.task = asyncio.create_task(launcher.run())
        self._state = state

    async def is_up(self) -> None:
        await until(lambda: any("up" in answer for answer in self.told))

    async def ask(self, command: str) -> list[Answer]:
        return [answer async for answer in control.ask(self._state.control, command)]


@pytest.fixture
async def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> State:
    monkeypatch.setattr(asyncio.get_running_loop(), "add_signal_handler", lambda *_: None)
    return State(tmp_path)


@pytest.fixture
def another(state: State, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Launched]]:
    """What `up` starts, beside a process that does nothing."""
    started: list[Launched] = []
    processes: list[subprocess.Popen[bytes]] = []

    def launch(state: State, _options: Sequence[str]) -> subprocess.Popen[bytes]:
        started.append(Launched(state))
        processes.append(subprocess.Popen(["sleep", "300"]))
        return processes[-1]

    monkeypatch.setattr(commands, "_launch", launch)
    yield started
    for process in processes:
        process.kill()
        process.wait()


async def test_who_watches_a_stack_that_is_stopping_hears_only_that(state: State) -> None:
    launched = Launched(state)
    await launched.is_up()
    assert [*(await launched.ask("watch"))[-1]] == ["up", "parts"]
    await launched.ask("down")
    assert await launched.ask("watch") == [{"stopping": True}]
    launched.stack.may_end.set()
    await launched.task


async def test_up_while_a_stack_is_stopping_starts_another_when_it_has(
    state: State, another: list[Launched], capsys: pytest.CaptureFixture[str]
) -> None:
    first = Launched(state)
    await first.is_up()
    await first.ask("down")
    starting = asyncio.create_task(commands.up(state, []))
    await until(lambda: starting.done() or "is stopping" in capsys.readouterr().out)
    assert not another
    first.stack.may_end.set()
    assert await starting == 0
    assert first.task.done()
    assert len(another) == 1
    another[0].stack.may_end.set()
    assert await commands.down(state) == 0


async def test_of_two_that_start_at_once_one_does_and_both_say_where(
    state: State, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first = Launched(state)
    await first.is_up()
    seen = iter([False])
    held = State.is_locked
    monkeypatch.setattr(State, "is_locked", lambda state: next(seen, None) is None and held(state))
    monkeypatch.setattr(sys, "executable", shutil.which("false"))
    launch = commands._launch

    def launch_in_vain(state: State, options: Sequence[str]) -> subprocess.Popen[bytes]:
        process = launch(state, options)
        process.wait()
        return process

    monkeypatch.setattr(commands, "_launch", launch_in_vain)
    assert await commands.up(state, []) == 0
    assert str(state.endpoints) in capsys.readouterr().out
    first.stack.may_end.set()
    assert await commands.down(state) == 0


async def test_what_kept_a_stack_from_starting_is_told_whatever_it_was(state: State) -> None:
    launched = Launched(state, OSError("no free port"))
    launched.stack.may_end.set()
    with pytest.raises(OSError, match="no free port"):
        await launched.task
    assert launched.told[0] == {"failed": "no free port"}
