"""How a launch's mails go out: registrants who confirmed, the real sweeper and mailer, PostgreSQL, an SMTP server.

Meanwhile somebody registers elsewhere, every five seconds: their mail's delay shows whether the launch holds up others;
and the same process's gateway is asked for a page, before the launch and during it. With --kills the process is killed
with SIGKILL that many times on the way, and started anew; with --seconds it is stopped then, told how far it came.
    .venv/bin/python bench/launch_mails.py [--registrants 10000] [--kills 0] [--seconds 3600]
"""

import argparse
import asyncio
import os
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from statistics import median
from uuid import UUID, uuid4

import asyncpg
import httpx
from aiosmtpd.smtp import SMTP, Envelope, Session
from chassis.testing import TestDatabase, prepared_database
from local_stack import Stack

OTHERS_EVERY_SECONDS = 5
ASKED_EVERY_SECONDS = 0.5
ASKED_BEFORE = 40
PAGE = """
    WITH creator AS (
        INSERT INTO mirrored_creators (id, version, name) VALUES (gen_random_uuid(), 1, 'Ada') RETURNING id
    )
    INSERT INTO mirrored_pages (id, version, short_id, creator_id, product_id, status, launch_at, expires_at, time_zone,
        title, registration_form)
    SELECT $1::uuid, 1, 'bench' || md5($1::uuid::text), id, gen_random_uuid(), 'published', now() + $2::interval,
        now() + interval '2 days', 'Europe/Berlin', 'Field Guide', '[]' FROM creator
"""
REGISTRANTS = """
    INSERT INTO registrations (id, version, sales_page_id, email, custom_fields, registered_at, confirmed_at)
    SELECT gen_random_uuid(), 2, $1, 'lead' || n || '@example.com', '{}', now(), now()
    FROM generate_series(1, $2::int) AS n
"""
SOMEBODY_ELSE = """
    WITH registration AS (
        INSERT INTO registrations (id, version, sales_page_id, email, custom_fields, registered_at)
        VALUES (gen_random_uuid(), 1, $1, $2, '{}', now()) RETURNING id
    ), asked AS (
        INSERT INTO confirmations (id, registration_id, asked_at) SELECT gen_random_uuid(), id, now() FROM registration
        RETURNING id
    ), owed AS (
        INSERT INTO mails (id, kind, about, created_at, due_at)
        SELECT gen_random_uuid(), 'confirm-registration', id, now(), now() FROM asked
    )
    SELECT pg_notify('mails', '')
"""
MESSAGE_ID = re.compile(rb"^Message-ID: (\S+)", re.MULTILINE | re.IGNORECASE)


@dataclass
class Inbox:
    """Takes every mail, and keeps when it came, to whom, under which Message-ID."""

    mails: list[tuple[float, str, bytes]] = field(default_factory=list)
    reached: set[str] = field(default_factory=set)
    came: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        found = MESSAGE_ID.search(envelope.original_content or b"")
        self.mails.append((time.time(), str(envelope.rcpt_tos[0]), found[1] if found else b""))
        if envelope.rcpt_tos[0].startswith("lead"):
            self.reached.add(envelope.rcpt_tos[0])
        self.came.set()
        return "250 OK"

    async def next_mail(self) -> None:
        self.came.clear()
        await self.came.wait()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[str]:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: SMTP(self, hostname="bench", loop=loop), "127.0.0.1", 0)
        async with server:
            yield f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"

    def of_leads(self) -> list[tuple[float, str, bytes]]:
        return [mail for mail in self.mails if mail[1].startswith("lead")]


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--registrants", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=3600)
    asked = parser.parse_args()
    state = os.environ.get("TEST_STATE_DIR")
    inbox = Inbox()
    with tempfile.TemporaryDirectory() as thrown_away:
        async with Stack(Path(state or thrown_away), infrastructure_only=True) as stack, inbox.open() as smtp:
            database = await prepared_database(stack.admin_database_url, "leads")
            given = {"LEADS_DATABASE_URL": database.app_url, "SMTP_URL": smtp, "LEADS_ROLES": "gateway,sweeper,relay"}
            environment = {**os.environ, **stack.environment("leads"), **given, "LOG_LEVEL": "error"}
            watched = Watched(environment)
            await measured(database, inbox, watched, asked)
            report(inbox, asked, watched)


@dataclass
class Watched:
    """Leads as a process, started anew after each kill: how soon its gateway answers, what it takes.

    `memory` in MiB; `busy` in seconds of processor time, by process, that were spent since the launch.
    """

    environment: dict[str, str]
    process: asyncio.subprocess.Process | None = None
    memory: list[int] = field(default_factory=list)
    busy: dict[int, float] = field(default_factory=dict)
    idle_seconds: float = 0
    before: list[float] = field(default_factory=list)
    during: list[float] = field(default_factory=list)

    async def start(self) -> None:
        self.process = await asyncio.create_subprocess_exec(sys.executable, "-m", "leads", env=self.environment)

    async def end(self, *, kill: bool) -> None:
        assert self.process is not None
        (self.process.kill if kill else self.process.terminate)()
        await self.process.wait()

    async def answers_idle(self) -> None:
        """Before there is a launch."""
        async with self._gateway() as gateway:
            while len(self.before) < ASKED_BEFORE:
                await self._ask(gateway, self.before)
                await asyncio.sleep(ASKED_EVERY_SECONDS / 5)
        self._look()
        self.idle_seconds = sum(self.busy.values())
        self.memory.clear()

    async def watch(self) -> None:
        async with self._gateway() as gateway:
            while True:
                await self._ask(gateway, self.during)
                self._look()
                await asyncio.sleep(ASKED_EVERY_SECONDS)

    def _gateway(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.environment['LEADS_HTTP_PORT']}", timeout=30)

    async def _ask(self, gateway: httpx.AsyncClient, answered: list[float]) -> None:
        """Nothing is counted while the process is down."""
        began = time.perf_counter()
        with suppress(httpx.TransportError):
            (await gateway.get("/r/confirm")).raise_for_status()
            answered.append(time.perf_counter() - began)

    def _look(self) -> None:
        assert self.process is not None
        own = Path(f"/proc/{self.process.pid}")
        with suppress(OSError):
            if found := re.search(r"VmRSS:\s+(\d+) kB", (own / "status").read_text()):
                self.memory.append(int(found[1]) // 1024)
            user, system = (own / "stat").read_text().rpartition(")")[2].split()[11:13]
            self.busy[self.process.pid] = (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


async def measured(database: TestDatabase, inbox: Inbox, watched: Watched, asked: argparse.Namespace) -> None:
    connection = await asyncpg.connect(database.owner_url)
    page, other = uuid4(), uuid4()
    await connection.execute(PAGE, other, timedelta(days=1))
    await watched.start()
    await watched.answers_idle()
    await connection.execute(REGISTRANTS, page, asked.registrants)
    await connection.execute("ANALYZE registrations")
    await connection.execute(PAGE, page, timedelta())
    beside = [asyncio.create_task(register_elsewhere(connection, other)), asyncio.create_task(watched.watch())]
    with suppress(TimeoutError):
        async with asyncio.timeout(asked.seconds):
            await launch(inbox, watched, asked)
    for task in beside:
        task.cancel()
    await asyncio.gather(*beside, return_exceptions=True)
    await watched.end(kill=False)
    await connection.close()


async def launch(inbox: Inbox, watched: Watched, asked: argparse.Namespace) -> None:
    """Until all are told; the kills come at even steps, by time where that is too short for all."""
    for part in range(1, asked.kills + 2):
        with suppress(TimeoutError):
            async with asyncio.timeout(asked.seconds / (asked.kills + 1)):
                await arrived(inbox, asked.registrants * part // (asked.kills + 1))
        if part <= asked.kills:
            await watched.end(kill=True)
            await watched.start()


async def arrived(inbox: Inbox, count: int) -> None:
    """Once `count` registrants have their mail."""
    while len(inbox.reached) < count:
        await inbox.next_mail()


async def register_elsewhere(connection: asyncpg.Connection, page: UUID) -> None:
    """Their addresses say when they registered."""
    while True:
        await connection.execute(SOMEBODY_ELSE, page, f"other{time.time()}@example.com")
        await asyncio.sleep(OTHERS_EVERY_SECONDS)


def delays(inbox: Inbox) -> list[float]:
    """Seconds until each who registered elsewhere had their mail."""
    others = [mail for mail in inbox.mails if mail[1].startswith("other")]
    return [at - float(recipient.removeprefix("other").partition("@")[0]) for at, recipient, _ in others]


def report(inbox: Inbox, asked: argparse.Namespace, watched: Watched) -> None:
    leads, others = inbox.of_leads(), delays(inbox)
    ids = Counter((recipient, message_id) for _, recipient, message_id in leads)
    recipients = Counter(recipient for recipient, _ in ids)
    seconds = max(leads[-1][0] - leads[0][0], 0.001)
    busiest = max(Counter(int(at) for at, _, _ in leads).values())
    print(f"{asked.registrants} registrants, {asked.kills} kill(s), {os.cpu_count()} cores:")
    told = f"told {len(recipients)} in {seconds:.0f} s"
    print(f"{told}: {len(recipients) / seconds:.0f} a second, {busiest} in the busiest")
    spent = (sum(watched.busy.values()) - watched.idle_seconds) / len(recipients)
    print(f"each for {spent * 1000:.1f} ms of leads's processor time")
    print(f"twice under the same Message-ID {len(leads) - len(ids)}, under another {len(ids) - len(recipients)}")
    print(f"{len(others)} who registered elsewhere waited p50 {median(others):.2f} s, at most {max(others):.2f} s")
    slower = median(watched.during) / median(watched.before)
    print(f"the gateway beside it answered {slower:.1f} times as slowly as before ({len(watched.during)} times asked)")
    tenth = max(1, len(watched.memory) // 10)
    first, last = median(watched.memory[:tenth]), median(watched.memory[-tenth:])
    print(f"its memory: {first:.0f} MiB in the first tenth of the time, {last:.0f} in the last")


if __name__ == "__main__":
    asyncio.run(main())
