"""With processes that only sleep: what is started when, and what happens to those that die."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from chassis.testing import PATIENCE
from local_stack.processes import Part, StartFailed, Step
from local_stack.supervisor import Keeper, Progress, Supervisor
from local_stack.waiting import until


async def at_once() -> None:
    """Ready when asked first."""


def sleeper(
    name: str, *needs: str, command: str = "exec sleep 60", ready: Callable[[], Awaitable[None]] = at_once
) -> Part:
    return Part(name=name, command=["sh", "-c", command], ready=ready, needs=needs, grace=1)


async def eventually(is_true: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        await until(is_true)


def runs(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


class Told(list[Progress]):
    def names(self, state: str) -> list[str]:
        return [progress.name for progress in self if progress.state == state]


async def test_needs_come_first_and_are_stopped_last(tmp_path: Path) -> None:
    told = Told()
    step = Step("prepare", at_once, needs=("base",))
    supervisor = Supervisor([sleeper("user", "prepare"), sleeper("base")], [step], tmp_path, told.append)
    await supervisor.start()
    await supervisor.stop()
    assert told.names("ready") == ["base", "user"]
    assert told.names("stopped") == ["user", "base"]


async def test_a_part_that_dies_by_itself_is_started_anew(tmp_path: Path) -> None:
    supervisor = Supervisor([sleeper("part")], [], tmp_path, Told().append)
    await supervisor.start()
    keeper = supervisor.keepers["part"]
    first = keeper.pid
    assert first
    os.kill(first, signal.SIGKILL)
    await eventually(lambda: keeper.state == "ready" and keeper.pid != first)
    assert keeper.restarts == 1
    await supervisor.stop()


async def test_a_part_that_was_killed_stays_down_until_it_is_started(tmp_path: Path) -> None:
    keeper = Keeper(sleeper("part"), tmp_path / "part.log", Told().append)
    others = asyncio.all_tasks()
    await keeper.start()
    await keeper.kill()
    assert asyncio.all_tasks() <= others, "nobody is left who could start it"
    assert (keeper.state, keeper.pid) == ("stopped", None)
    await keeper.start()
    assert keeper.state == "ready"
    await keeper.stop()


async def test_a_part_that_ignores_its_signal_is_killed_with_its_children(tmp_path: Path) -> None:
    stubborn = "trap '' TERM; sleep 60 & echo child $!; while :; do sleep 1; done"
    keeper = Keeper(sleeper("part", command=stubborn), tmp_path / "part.log", Told().append)
    await keeper.start()
    await eventually(lambda: "child" in (tmp_path / "part.log").read_text())
    child = int((tmp_path / "part.log").read_text().split()[-1])
    await keeper.stop()
    await eventually(lambda: not runs(child))


async def test_a_part_that_ends_before_it_is_ready_fails_with_its_last_words(tmp_path: Path) -> None:
    async def never() -> None:
        raise ConnectionError

    told = Told()
    broken = sleeper("broken", command="echo no such file; exit 3", ready=never)
    supervisor = Supervisor([broken, sleeper("other"), sleeper("later", "broken")], [], tmp_path, told.append)
    with pytest.raises(StartFailed, match=r"(?s)broken ended with 3.*no such file"):
        await supervisor.start()
    await supervisor.stop()
    assert told.names("failed") == ["broken"]
    assert "later" not in told.names("starting")


async def test_a_part_sees_little_of_our_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHECKOUT_DATABASE_URL", "postgresql://elsewhere")
    keeper = Keeper(sleeper("part", command="env; exec sleep 60"), tmp_path / "part.log", Told().append)
    await keeper.start()
    await eventually(lambda: "PATH=" in (tmp_path / "part.log").read_text())
    await keeper.stop()
    assert "elsewhere" not in (tmp_path / "part.log").read_text()
