"""With the real infrastructure: what it does on a machine, and that nothing of it is left."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import httpx
import pytest
from chassis.testing import PATIENCE
from local_stack import Stack, control, ports
from local_stack.parts import postgres
from local_stack.places import AlreadyRunning
from local_stack.waiting import until

PARTS = {"postgres", "epmd", "rabbitmq", "valkey", "s3", "mail", "stripe"}


def processes_of(state: Path) -> list[str]:
    """The command lines of all processes that know of `state`, by argument or environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            known = process.joinpath("cmdline").read_bytes() + process.joinpath("environ").read_bytes()
        except OSError:
            continue
        if str(state).encode() in known and int(process.name) != os.getpid():
            found.append(process.joinpath("cmdline").read_text())
    return found


def listening(state: Path) -> list[str]:
    chosen: dict[str, int] = json.loads((state / "ports.json").read_text())
    return [name for name, port in chosen.items() if not ports.is_free(port)]


def listening_addresses(chosen: set[int]) -> set[str]:
    """Where the kernel says that `chosen` ports are listened on; 0100007F is 127.0.0.1."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    heard = [local.split(":") for _, local, _, state, *_ in lines if state == "0A"]
    return {address for address, port in heard if int(port, 16) in chosen}


async def last_answer(state: Path) -> control.Answer:
    while True:
        try:
            return [answer async for answer in control.ask(state / "control.sock", "watch")][-1]
        except control.NotRunning:
            await asyncio.sleep(0.05)


@asynccontextmanager
async def launcher(state: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """`python -m local_stack run`, up."""
    command = [sys.executable, "-m", "local_stack", "run", "--infrastructure", "--state", str(state)]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.DEVNULL)
    try:
        async with asyncio.timeout(90):
            assert "up" in await last_answer(state)
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_a_launcher_that_is_killed_leaves_no_orphan(tmp_path: Path) -> None:
    async with launcher(tmp_path) as process:
        assert len(processes_of(tmp_path)) > len(PARTS)
        process.kill()
        await process.wait()
        async with asyncio.timeout(PATIENCE):
            await until(lambda: not processes_of(tmp_path) and not listening(tmp_path))
    async with launcher(tmp_path) as process:
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(PATIENCE):
            assert await process.wait() == 0
        assert (processes_of(tmp_path), listening(tmp_path)) == ([], [])


async def test_a_directory_runs_one_stack(infrastructure: Stack) -> None:
    with pytest.raises(AlreadyRunning):
        async with Stack(infrastructure.state.path, infrastructure_only=True):
            pass


async def test_nothing_listens_beyond_this_machine(infrastructure: Stack) -> None:
    assert listening_addresses({*infrastructure.addresses.ports.values()}) == {"0100007F"}


async def test_what_was_committed_outlives_a_killed_database(infrastructure: Stack) -> None:
    url = infrastructure.admin_database_url
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    backend = await connection.fetchval("SELECT pg_backend_pid()")
    os.kill(backend, signal.SIGSTOP)  # it is slow to see that its server is gone
    await infrastructure.kill("postgres")
    with pytest.raises(ConnectionRefusedError):
        await asyncpg.connect(url)
    asyncio.get_running_loop().call_later(0.5, os.kill, backend, signal.SIGKILL)
    await infrastructure.start("postgres")
    connection.terminate()
    connection = await asyncpg.connect(url)
    assert await connection.fetchval("SELECT answer FROM kept") == 42
    await connection.execute("DROP TABLE kept")
    await connection.close()


async def test_a_killed_database_starts_though_its_process_number_is_anothers_by_now(
    infrastructure: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    pid_file = infrastructure.state.path / "postgres" / "data" / "postmaster.pid"
    part = infrastructure.parts["postgres"].part
    monkeypatch.setattr(postgres, "_is_attached", lambda _data: False)
    await part.prepare()
    assert pid_file.exists()
    await infrastructure.kill("postgres")
    another, *rest = infrastructure.parts["valkey"].pid, *pid_file.read_text().splitlines()[1:]
    pid_file.write_text("\n".join(map(str, [another, *rest])))
    monkeypatch.undo()
    await infrastructure.start("postgres")
    connection = await asyncpg.connect(infrastructure.admin_database_url)
    await connection.close()


async def test_the_sandbox_and_the_store_answer_pages_of_the_edge(infrastructure: Stack) -> None:
    async with httpx.AsyncClient(timeout=PATIENCE) as client:
        assert (await client.get(f"{infrastructure.endpoints['stripe']}/sandbox/health")).status_code == 200
        asked = {"Origin": infrastructure.endpoints["edge"], "Access-Control-Request-Method": "PUT"}
        allowed = await client.options(f"{infrastructure.endpoints['s3']}/tempages/some/object", headers=asked)
    assert allowed.headers["access-control-allow-origin"] == infrastructure.endpoints["edge"]
    assert "PUT" in allowed.headers["access-control-allow-methods"]


@pytest.mark.parametrize("made_at", ["", "http://127.0.0.1:1"])
async def test_the_demo_page_is_where_the_edge_is_now(infrastructure: Stack, made_at: str) -> None:
    infrastructure.state.demo.write_text(json.dumps({"email": "a@b.example", "page": f"{made_at}/p/abc"}))
    try:
        endpoints = infrastructure.endpoints
    finally:
        infrastructure.state.demo.unlink()
    assert endpoints["demo"] == {"email": "a@b.example", "page": f"{endpoints['edge']}/p/abc"}
