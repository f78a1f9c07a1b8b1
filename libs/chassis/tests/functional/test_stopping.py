"""SIGTERM, in every role: what is under way ends, within 25 seconds whatever is away; what fails says so."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from chassis.db import Database
from chassis.testing import PATIENCE, TestDatabase, until
from local_stack import Stack

from .conftest import IN_TRANSACTION, UNSENT, count
from .example_service import HANDLER, JOB, REQUEST
from .processes import started
from .proxy import Proxy, proxied


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "example.log"


@asynccontextmanager
async def gates_closed(database: TestDatabase, *gates: int) -> AsyncIterator[asyncpg.Connection]:
    """What comes to one of `gates` waits there until they are opened (`pg_advisory_unlock_all`)."""
    connection = await asyncpg.connect(database.app_url)
    for gate in gates:
        await connection.execute("SELECT pg_advisory_lock($1)", gate)
    try:
        yield connection
    finally:
        await connection.close()


async def waits_at(connection: asyncpg.Connection, gate: int) -> bool:
    query = "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = $1 AND NOT granted)"
    waits: bool = await connection.fetchval(query, gate)
    return waits


async def test_a_request_a_stream_a_handler_and_a_job_under_way_end_first(
    environment: dict[str, str], example: TestDatabase, db: Database, log: Path
) -> None:
    async with gates_closed(example, REQUEST, HANDLER, JOB) as gates, started(environment, log) as running:
        await until(running.serves)
        await until(running.is_ready)
        assert (await running.client.post("/things")).status_code == 201
        asked = asyncio.create_task(running.client.get("/slow"))
        followed = asyncio.create_task(running.client.get("/stream"))
        for gate in (REQUEST, HANDLER, JOB):
            await until(lambda gate=gate: waits_at(gates, gate))  # type: ignore[misc]
        running.tell_to_stop()
        await until(running.refuses)
        await gates.execute("SELECT pg_advisory_unlock_all()")
        assert (await asked).json() == {"status": "done"}
        assert (await followed).text == "begun\nended\n"
        assert await running.stopped() == 0, running.log()
    assert await count(db, "SELECT count(*) FROM inbox") == 1
    assert await count(db, "SELECT count(*) FROM security_log WHERE kind = 'worked'") == 1
    assert '"event": "stopped"' in running.log()


async def test_a_relays_confirms_are_awaited(
    environment: dict[str, str], db: Database, infrastructure: Stack, log: Path
) -> None:
    async with proxied(infrastructure.endpoints["amqp"]) as broker:
        more = {"AMQP_URL": broker.url(infrastructure.endpoints["amqp"])}
        async with started(environment, log, **more) as running:
            await until(running.serves)
            await until(running.is_ready)
            broker.back.clear()
            assert (await running.client.post("/things")).status_code == 201

            async def in_flight() -> bool:
                return await count(db, IN_TRANSACTION) == 1

            await until(in_flight)
            running.tell_to_stop()
            await until(running.refuses)
            broker.release()
            assert await running.stopped() == 0, running.log()
    assert await count(db, "SELECT count(*) FROM outbox WHERE sent_at IS NOT NULL") == 1


class SlowInbox:
    """Takes a mail only when `willing`."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.willing = asyncio.Event()

    async def handle_DATA(self, _server: SMTP, _session: Session, _envelope: Envelope) -> str:
        self.asked.set()
        await self.willing.wait()
        return "250 OK"


async def test_a_mail_that_is_being_sent_is_sent_once(environment: dict[str, str], db: Database, log: Path) -> None:
    inbox, loop = SlowInbox(), asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(inbox, hostname="test", loop=loop), "127.0.0.1", 0)
    smtp = f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, started(environment, log, SMTP_URL=smtp) as running:
        await until(running.serves)
        assert (await running.client.post("/mails")).status_code == 201
        async with asyncio.timeout(PATIENCE):
            await inbox.asked.wait()
        running.tell_to_stop()
        await until(running.refuses)
        inbox.willing.set()
        assert await running.stopped() == 0, running.log()
    assert await count(db, "SELECT count(*) FROM mails WHERE sent_at IS NOT NULL") == 1


@pytest.mark.parametrize("away", ["broker", "database"])
@pytest.mark.parametrize("harm", [Proxy.hold, Proxy.cut])
async def test_it_stops_in_time_though_what_it_needs_is_away(
    environment: dict[str, str], infrastructure: Stack, log: Path, away: str, harm: Callable[[Proxy], None]
) -> None:
    name = {"broker": "AMQP_URL", "database": "EXAMPLE_DATABASE_URL"}[away]
    async with (
        proxied(environment[name]) as proxy,
        started(environment, log, **{name: proxy.url(environment[name])}) as running,
    ):
        await until(running.serves)
        await until(running.is_ready)
        proxy.forth.clear()
        proxy.back.clear()
        harm(proxy)
        asked = asyncio.create_task(running.client.post("/things"))
        running.tell_to_stop()
        await running.stopped()
        await asyncio.wait([asked])


@pytest.mark.parametrize("name", ["AMQP_URL", "EXAMPLE_DATABASE_URL", "REDIS_URL"])
async def test_it_starts_serves_and_stops_though_what_it_needs_was_never_there(
    environment: dict[str, str], log: Path, name: str
) -> None:
    nowhere = f"{environment[name].split(':')[0]}://a:b@127.0.0.1:1/0"
    async with started(environment, log, **{name: nowhere}) as running:
        await until(running.serves)
        assert not await running.is_ready()
        answer = await running.client.get("/health/ready")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        running.tell_to_stop()
        assert await running.stopped() == 0, running.log()


async def test_a_gateway_keeps_what_it_is_told_while_the_broker_is_away(
    environment: dict[str, str], db: Database, log: Path
) -> None:
    more = {"EXAMPLE_ROLES": "gateway", "AMQP_URL": "amqp://127.0.0.1:1/"}
    async with started(environment, log, **more) as running:
        await until(running.serves)
        assert await running.readiness() == {"database": True, "broker": False, "cache": True}
        assert (await running.client.post("/things")).status_code == 201
    assert await count(db, UNSENT) == 1


async def test_a_process_without_a_gateway_answers_for_its_health_alone(environment: dict[str, str], log: Path) -> None:
    async with started(environment, log, EXAMPLE_ROLES="consumer") as running:
        await until(running.serves)
        await until(running.is_ready)
        assert (await running.readiness())["consumers"]
        metrics = (await running.client.get("/metrics")).text
        assert f'queue_consumers{{queue="{environment["EXAMPLE_QUEUE"]}"}} 1.0' in metrics
        assert (await running.client.post("/things")).status_code == 404


async def test_a_second_signal_cuts_off_what_is_under_way(
    environment: dict[str, str], example: TestDatabase, log: Path
) -> None:
    async with gates_closed(example, REQUEST, HANDLER) as gates, started(environment, log) as running:
        await until(running.serves)
        asked = asyncio.create_task(running.client.get("/slow"))
        await until(lambda: waits_at(gates, REQUEST))
        running.tell_to_stop()
        await until(running.refuses)
        running.tell_to_stop()
        assert await running.stopped() == 1
        await asyncio.wait([asked])
    assert '"event": "cut off"' in running.log()


async def test_an_address_that_is_taken_ends_the_process(environment: dict[str, str], log: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        async with started(environment, log, EXAMPLE_HTTP_PORT=str(taken.getsockname()[1])) as running:
            assert await running.stopped() != 0
    assert "address already in use" in running.log()
