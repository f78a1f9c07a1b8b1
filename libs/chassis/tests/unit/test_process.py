"""Parts that run side by side: all end when one does, and what did not end well is told."""

import asyncio
from typing import Any

import pytest
from chassis import process


async def played(stopping: asyncio.Event, **parts: Any) -> bool:
    return await process.play(parts, stopping, asyncio.Event())


async def test_a_part_that_fails_lets_the_others_end_and_is_told_of(caplog: pytest.LogCaptureFixture) -> None:
    stopping, ended = asyncio.Event(), []

    async def good() -> None:
        await stopping.wait()
        ended.append("good")

    async def bad() -> None:
        raise ZeroDivisionError

    assert not await played(stopping, good=good(), bad=bad())
    assert ended == ["good"]
    assert "part failed" in caplog.text


async def test_a_part_that_ends_before_it_is_told_to_is_a_failure() -> None:
    stopping = asyncio.Event()

    async def early() -> None:
        return

    assert not await played(stopping, early=early(), other=stopping.wait())


async def test_parts_that_end_when_told_to_ended_well() -> None:
    stopping = asyncio.Event()
    asyncio.get_running_loop().call_soon(stopping.set)
    assert await played(stopping, one=stopping.wait(), other=stopping.wait())


async def test_a_part_that_does_not_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "STOP_SECONDS", 0.05)
    stopping = asyncio.Event()
    stopping.set()
    assert not await played(stopping, endless=asyncio.Event().wait(), other=stopping.wait())
