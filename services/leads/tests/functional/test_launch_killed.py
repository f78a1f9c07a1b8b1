"""A launch whose process is killed on the way: everybody is told, twice only with the same Message-ID."""

import asyncio
import json
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import asyncpg
import pytest
from chassis.db import Database
from chassis.lifecycle import Service
from chassis.mail import BATCH
from chassis.testing import SettableClock, TestDatabase, until
from leads.settings import LeadsSettings
from local_stack import Stack

from .conftest import crowd, heard, page_published

REGISTRANTS = 800
KILLED_AT = (120, 360, 600)
"""Mails that had arrived."""


@asynccontextmanager
async def telling(service: Service, stack: Stack) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process of leads that sweeps and mails; killed at the end."""
    settings = service.settings
    assert isinstance(settings, LeadsSettings)
    own = {
        "LEADS_DATABASE_URL": settings.database_url,
        "LEADS_LINK_KEYS": settings.link_keys,
        "LEADS_SIGNING_KEYS": settings.signing_keys,
        "LEADS_ROLES": "sweeper,relay",
        "LEADS_HTTP_PORT": "0",
        "LOG_LEVEL": "error",
    }
    environment = {**os.environ, **stack.environment("leads"), **own}
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "leads", env=environment)
    try:
        yield process
    finally:
        process.kill()
        await process.wait()


async def leases_end(database: TestDatabase) -> None:
    """What the killed process had in hand is due again."""
    connection = await asyncpg.connect(database.app_url)
    await connection.execute("UPDATE mails SET due_at = now() WHERE sent_at IS NULL")
    await connection.close()


async def mails_sent(database: TestDatabase) -> int:
    connection = await asyncpg.connect(database.app_url)
    try:
        sent: int = await connection.fetchval("SELECT count(*) FROM mails WHERE sent_at IS NOT NULL")
        return sent
    finally:
        await connection.close()


@pytest.mark.timeout(400)
async def test_hundreds_are_told_though_their_process_is_killed_thrice(
    service: Service, database: TestDatabase, db: Database, clock: SettableClock, infrastructure: Stack
) -> None:
    inbox = infrastructure.state.folder("mail")
    others = set(inbox.glob("*.json"))
    page = await heard(service, page_published(clock, launch_at=clock.now() - timedelta(minutes=1)))
    await crowd(db, page, REGISTRANTS)

    def arrived(count: int) -> Callable[[], Awaitable[bool]]:
        async def enough() -> bool:
            return len({*inbox.glob("*.json")} - others) >= count

        return enough

    async def all_sent() -> bool:
        return await mails_sent(database) == REGISTRANTS

    for holds in (*map(arrived, KILLED_AT), all_sent):
        async with telling(service, infrastructure):
            await until(holds, 300)
        await leases_end(database)
    mails = [json.loads(file.read_text()) for file in {*inbox.glob("*.json")} - others]
    ids = {(mail["recipients"][0], mail["headers"]["Message-ID"]) for mail in mails}
    told = Counter(recipient for recipient, _ in ids)
    assert (len(told), set(told.values())) == (REGISTRANTS, {1})
    assert len(mails) - len(ids) <= len(KILLED_AT) * BATCH
