"""The README's tour, its commands taken literally."""

import asyncio
import json
import re
import shutil
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from chassis.testing import PATIENCE
from local_stack import Stack
from local_stack.places import ROOT
from local_stack.seller import submit

from .journey import Buyer, Downloads, until

END = "that was all"


@pytest.fixture
async def shell(stack: Stack, tmp_path: Path) -> AsyncIterator[Process]:
    """A shell where `make up` has been typed."""
    if shutil.which("jq") is None or shutil.which("curl") is None:
        pytest.skip("the tour needs curl and jq; install them: sudo apt-get install curl jq")
    (tmp_path / ".local").mkdir()
    (tmp_path / ".local" / "endpoints.json").write_text(json.dumps(stack.endpoints))
    process = await asyncio.create_subprocess_exec("bash", stdin=PIPE, stdout=PIPE, cwd=tmp_path)
    yield process
    await process.communicate(b"exit\n")


async def typed(shell: Process, commands: str) -> str:
    """What the shell prints."""
    assert shell.stdin is not None
    assert shell.stdout is not None
    shell.stdin.write(f"{commands}\necho; echo {END}\n".encode())
    printed = (await shell.stdout.readuntil(f"\n{END}\n".encode())).decode()
    return printed.removesuffix(f"{END}\n").strip()


def tour() -> list[str]:
    """The steps of the block with the curl commands."""
    readme = (ROOT / "README.md").read_text()
    (block,) = (block for block in re.findall(r"```sh\n(.*?)```", readme, re.DOTALL) if "# 1 register" in block)
    return re.split(r"(?m)^(?=# \d)", block)


async def pressed(url: str, button: str, **fields: str) -> httpx.Response:
    """Open a page in the browser and press a button."""
    async with httpx.AsyncClient(follow_redirects=False, timeout=PATIENCE) as browser:
        return await submit(browser, (await browser.get(url)).raise_for_status(), button, **fields)


async def test_the_tour_of_the_readme_sells_a_file(shell: Process, edge: httpx.AsyncClient, tmp_path: Path) -> None:
    setup, sign_in, product, page, buy, look = tour()
    await typed(shell, setup)
    onboarding = (await typed(shell, sign_in)).splitlines()[-1]
    back = await pressed(onboarding, "complete")
    assert (await edge.get(back.headers["location"])).status_code == 200
    await typed(shell, product)
    address = await typed(shell, page)

    async def shown() -> bool:
        return (await edge.get(address)).status_code == 200

    assert await until(shown)
    url = await typed(shell, buy)
    paid = await pressed(url, "pay", email="grace@example.com", name="Grace")
    purchase = Buyer(edge).came_back(paid.headers["location"])
    downloaded = await Downloads(edge, await purchase.token()).fetch()
    assert downloaded == (tmp_path / ".local" / "guide.zip").read_bytes()
    assert json.loads(await typed(shell, look))["status"] == "completed"
