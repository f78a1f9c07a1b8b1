"""What the edge is told, and a Cloudflare that neither answers nor ends."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime

import pytest
from alembic.operations import Operations
from chassis import edge
from chassis.db import Database, Session
from chassis.edge import CloudflareKV, CloudflareSettings, Entry, edge_writes, owe, write_owed
from chassis.testing import PATIENCE, SettableClock, TestDatabase, migrated
from sqlalchemy import MetaData, Table, literal, select, text


@pytest.fixture
async def table(example: TestDatabase, db: Database) -> AsyncIterator[Table]:
    metadata = MetaData()
    made = edge_writes(metadata)

    def create(operations: Operations) -> None:
        metadata.create_all(operations.get_bind())

    def drop(operations: Operations) -> None:
        metadata.drop_all(operations.get_bind())

    await migrated(example, create)
    yield made
    await migrated(example, drop)


@pytest.fixture
async def trickle() -> AsyncIterator[str]:
    """The address of a server whose answer has another header every few milliseconds, and no end."""

    async def answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while not writer.is_closing():
            writer.write(b"X-More: x\r\n")
            await asyncio.sleep(0.01)

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def nothing_stands(_session: Session, _keys: Sequence[str], _now: datetime) -> Mapping[str, Entry]:
    return {}


async def test_telling_the_edge_ends_before_its_lease_however_slowly_it_is_answered(
    db: Database, clock: SettableClock, table: Table, trickle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert edge.LEASE.total_seconds() >= 2 * edge.TELL_SECONDS
    monkeypatch.setattr(edge, "TELL_SECONDS", 0.05)
    clock.hold(clock.now())
    async with db.transaction() as tx:
        await owe(tx, table, select(literal("page:1")))
    async with CloudflareKV(CloudflareSettings(CLOUDFLARE_API_BASE=trickle)) as kv, asyncio.timeout(PATIENCE):
        assert await write_owed(db, kv, nothing_stands) == 0
    async with db.reading() as session:
        due_at = await session.scalar(text("SELECT due_at FROM edge_writes"))
    assert clock.now() < due_at < clock.now() + edge.LEASE
