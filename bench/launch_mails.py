"""How a launch's mails go out: registrants who confirmed, the real sweeper and mailer, PostgreSQL, an SMTP server.

Meanwhile somebody registers elsewhere, every five seconds: their mail's delay shows whether the launch holds up others.
With --kills the process is killed with SIGKILL that many times on the way, and started anew.
    .venv/bin/python bench/launch_mails.py [--registrants 10000] [--kills 0]
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
from aiosmtpd.smtp import SMTP, Envelope, Session
from chassis.testing import TestDatabase, prepared_database
from local_stack import Stack

OTHERS_EVERY_SECONDS = 5
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
    asked = parser.parse_args()
    state = os.environ.get("TEST_STATE_DIR")
    inbox = Inbox()
    with tempfile.TemporaryDirectory() as thrown_away:
        async with Stack(Path(state or thrown_away), infrastructure_only=True) as stack, inbox.open() as smtp:
            database = await prepared_database(stack.admin_database_url, "leads")
            roles = {"LEADS_ROLES": "sweeper,relay", "LEADS_HTTP_PORT": "0"}
            given = {"LEADS_DATABASE_URL": database.app_url, "SMTP_URL": smtp, **roles}
            environment = {**os.environ, **stack.environment("leads"), **given, "LOG_LEVEL": "error"}
            report(inbox, asked, await measured(database, environment, inbox, asked))


async def measured(
    database: TestDatabase, environment: dict[str, str], inbox: Inbox, asked: argparse.Namespace
) -> list[float]:
    """Seconds that the mails of others took."""
    connection = await asyncpg.connect(database.owner_url)
    page, other = uuid4(), uuid4()
    await connection.execute(PAGE, other, timedelta(days=1))
    await connection.execute(PAGE, page, timedelta())
    await connection.execute(REGISTRANTS, page, asked.registrants)
    await connection.execute("ANALYZE registrations")
    process = await start(environment)
    others = asyncio.create_task(register_elsewhere(connection, other))
    for part in range(1, asked.kills + 2):
        await arrived(inbox, asked.registrants * part // (asked.kills + 1))
        if part <= asked.kills:
            process.kill()
            await process.wait()
            process = await start(environment)
    process.terminate()
    await process.wait()
    others.cancel()
    with suppress(asyncio.CancelledError):
        await others
    await connection.close()
    return delays(inbox)


async def start(environment: dict[str, str]) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(sys.executable, "-m", "leads", env=environment)


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


def report(inbox: Inbox, asked: argparse.Namespace, others: list[float]) -> None:
    leads = inbox.of_leads()
    ids = Counter((recipient, message_id) for _, recipient, message_id in leads)
    recipients = Counter(recipient for recipient, _ in ids)
    seconds = max(leads[-1][0] - leads[0][0], 0.001)
    busiest = max(Counter(int(at) for at, _, _ in leads).values())
    print(f"{asked.registrants} registrants, {asked.kills} kill(s), {os.cpu_count()} cores:")
    print(f"told in {seconds:.0f} s: {len(recipients) / seconds:.0f} a second, {busiest} in the busiest")
    print(f"twice under the same Message-ID {len(leads) - len(ids)}, under another {len(ids) - len(recipients)}")
    print(f"{len(others)} who registered elsewhere waited p50 {median(others):.2f} s, at most {max(others):.2f} s")


if __name__ == "__main__":
    asyncio.run(main())
