"""What Cloudflare's edge knows (Workers KV): facts with the instant at which they turn false, so that it may refuse.

A change owes the edge a write of a key, in its own transaction; what is written is read when it is written, so that the
edge is told the newest state, once, in whatever order changes were committed. A job drains what is owed.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self

import httpx
from pydantic import Field
from pydantic_settings import BaseSettings
from sqlalchemy import Column, DateTime, Index, Integer, MetaData, Select, Table, Text, literal, select, text
from sqlalchemy.dialects.postgresql import insert

from chassis import telemetry
from chassis.db import Database, Session, Tx
from chassis.lifecycle import Job

log = telemetry.logger(__name__)
BATCH = 500
LEASE = timedelta(seconds=60)
"""How long a key that is being written is left alone: longer than telling lasts, so that none overtakes another."""
TELL_SECONDS = 30
"""For both calls, however each of their steps fares."""
SOONEST = timedelta(seconds=60)
"""KV takes no `expiration` that is nearer. Source: Cloudflare, Workers KV, Expiring keys."""


class CloudflareSettings(BaseSettings):
    """Mixin for those who tell the edge. Without all three, nothing is told, and what is owed waits."""

    cloudflare_account_id: str | None = Field(default=None, validation_alias="CLOUDFLARE_ACCOUNT_ID")
    cloudflare_kv_namespace_id: str | None = Field(default=None, validation_alias="CLOUDFLARE_KV_NAMESPACE_ID")
    cloudflare_api_token: str | None = Field(default=None, validation_alias="CLOUDFLARE_API_TOKEN")
    cloudflare_api_base: str = Field(
        default="https://api.cloudflare.com/client/v4", validation_alias="CLOUDFLARE_API_BASE"
    )

    @property
    def tells_the_edge(self) -> bool:
        return bool(self.cloudflare_account_id and self.cloudflare_kv_namespace_id and self.cloudflare_api_token)


@dataclass(frozen=True)
class Entry:
    """A value (JSON) that is true until `expires_at`."""

    value: str
    expires_at: datetime


class EdgeRefused(Exception):
    """Cloudflare answered, and did not do all that it was asked."""


Composer = Callable[[Session, Sequence[str], datetime], Awaitable[Mapping[str, Entry]]]
"""What stands at these keys at an instant; a key it leaves out is deleted."""


def edge_writes(metadata: MetaData) -> Table:
    """The table of a service's owed writes: a key each, however often it changed."""
    table = Table(
        "edge_writes",
        metadata,
        Column("key", Text, primary_key=True),
        Column("revision", Integer, nullable=False),
        Column("due_at", DateTime(timezone=True), nullable=False),
        Column("attempts", Integer, nullable=False, server_default="0"),
    )
    Index("edge_writes_due", table.c.due_at)
    return table


async def owe(tx: Tx, table: Table, keys: Select[str]) -> None:
    """Have the edge told of `keys`, the sooner the better. One that is being written is written again after that."""
    found = keys.subquery().c[0]
    rows = select(found, literal(1), literal(tx.clock.now(), DateTime(timezone=True))).distinct().order_by(found)
    statement = insert(table).from_select(["key", "revision", "due_at"], rows)
    again = {"revision": table.c.revision + 1}
    await tx.session.execute(statement.on_conflict_do_update(index_elements=["key"], set_=again))


class CloudflareKV:
    """A KV namespace, through Cloudflare's API v4."""

    def __init__(self, settings: CloudflareSettings) -> None:
        account, namespace = settings.cloudflare_account_id, settings.cloudflare_kv_namespace_id
        place = f"/accounts/{account}/storage/kv/namespaces/{namespace}"
        self._client = httpx.AsyncClient(
            base_url=settings.cloudflare_api_base.rstrip("/") + place,
            headers={"Authorization": f"Bearer {settings.cloudflare_api_token}"},
            timeout=httpx.Timeout(10),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def put(self, entries: Mapping[str, Entry]) -> None:
        """Raises httpx.HTTPError, EdgeRefused. At most 10,000."""
        pairs = [
            {"key": key, "value": entry.value, "expiration": int(entry.expires_at.timestamp())}
            for key, entry in entries.items()
        ]
        if pairs:
            _check(await self._client.put("/bulk", json=pairs))

    async def delete(self, keys: Sequence[str]) -> None:
        """Raises httpx.HTTPError, EdgeRefused. A key that is not there is no error."""
        if keys:
            _check(await self._client.post("/bulk/delete", json=list(keys)))


def _check(answer: httpx.Response) -> None:
    answer.raise_for_status()
    body: dict[str, Any] = answer.json()
    missed = (body.get("result") or {}).get("unsuccessful_keys")
    if not body.get("success") or missed:
        raise EdgeRefused(f"{len(missed or [])} keys; errors {[error.get('code') for error in body.get('errors', [])]}")


_TAKE = text(
    "UPDATE edge_writes SET attempts = attempts + 1, due_at = :lease WHERE key IN ("
    " SELECT key FROM edge_writes WHERE due_at <= :now ORDER BY due_at LIMIT :batch FOR UPDATE SKIP LOCKED"
    ") RETURNING key, revision"
)
_HOLD = text("SELECT key FROM edge_writes WHERE key = ANY(:keys) ORDER BY key FOR UPDATE")
"""In the order in which they are owed, so that who writes and who owes never wait for each other."""
_DONE = text("DELETE FROM edge_writes WHERE key = :key AND revision = :revision")
_AGAIN = text("UPDATE edge_writes SET due_at = :now, attempts = 0 WHERE key = ANY(:keys)")
_LATER = text(
    "UPDATE edge_writes SET due_at = CAST(:now AS timestamptz)"
    " + least(power(2, least(attempts, 10)), 300) * interval '1 second' WHERE key = ANY(:keys)"
)


def edge_job(kv: CloudflareKV, compose: Composer) -> Job:
    """Tells the edge what it is owed. Any number may run: each takes other keys, under a lease."""

    async def run(db: Database) -> datetime | None:
        return db.clock.now() if await write_owed(db, kv, compose) == BATCH else None

    return Job("write-edge", run, every=timedelta(seconds=1))


async def write_owed(db: Database, kv: CloudflareKV, compose: Composer) -> int:
    """One batch; how many keys were told of. What fails is tried again, later each time."""
    now = db.clock.now()
    async with db.transaction() as tx:
        taken = (await tx.session.execute(_TAKE, {"now": now, "lease": now + LEASE, "batch": BATCH})).all()
    if not taken:
        return 0
    keys = [row.key for row in taken]
    try:
        async with asyncio.timeout(TELL_SECONDS):
            await _tell(db, kv, compose, keys)
    except (httpx.HTTPError, EdgeRefused, TimeoutError) as error:
        log.warning("the edge is not told yet", keys=len(keys), error=str(error) or type(error).__name__)
        async with db.transaction() as tx:
            await tx.session.execute(_HOLD, {"keys": keys})
            await tx.session.execute(_LATER, {"now": now, "keys": keys})
        return 0
    async with db.transaction() as tx:
        await tx.session.execute(_HOLD, {"keys": keys})
        await tx.session.execute(_DONE, [{"key": row.key, "revision": row.revision} for row in taken])
        await tx.session.execute(_AGAIN, {"now": db.clock.now(), "keys": keys})  # what changed meanwhile
    return len(keys)


async def _tell(db: Database, kv: CloudflareKV, compose: Composer, keys: Sequence[str]) -> None:
    now = db.clock.now()
    async with db.reading() as session:
        found = await compose(session, keys, now)
    lasting = {key: entry for key, entry in found.items() if entry.expires_at > now + SOONEST}
    await kv.delete([key for key in keys if key not in lasting])
    await kv.put(lasting)
