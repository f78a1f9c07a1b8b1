import asyncio
import socket
from pathlib import Path
from typing import Any

import pytest
from local_stack import control


async def echo(request: dict[str, Any], send: control.Send) -> None:
    if request["command"] == "fail":
        raise ValueError("this cannot be done")
    for number in range(request["times"]):
        await send({"number": number})


async def test_answers_come_one_by_one_however_deep_the_socket_lies(tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 40)
    folder.mkdir()
    async with control.listening(folder / "control.sock", echo):
        answers = [answer async for answer in control.ask(folder / "control.sock", "count", times=3)]
    assert answers == [{"number": 0}, {"number": 1}, {"number": 2}]


async def test_who_asks_is_told_what_failed(tmp_path: Path) -> None:
    async with control.listening(tmp_path / "control.sock", echo):
        with pytest.raises(RuntimeError, match="this cannot be done"):
            await anext(control.ask(tmp_path / "control.sock", "fail"))


async def test_nobody_listens_after_the_end(tmp_path: Path) -> None:
    async with control.listening(tmp_path / "control.sock", echo):
        pass
    with pytest.raises(control.NotRunning):
        await anext(control.ask(tmp_path / "control.sock", "count", times=1))


async def test_who_asks_while_the_launcher_ends_is_told_so(tmp_path: Path) -> None:
    async def ask() -> control.Answer:
        return await anext(control.ask(tmp_path / "control.sock", "watch"))

    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(tmp_path / "control.sock"))
        bound.listen()
        asked = asyncio.create_task(ask())
        await asyncio.sleep(0.05)
    with pytest.raises(RuntimeError, match="ended while it was asked"):
        await asked
