"""What each service keeps for how long, looked at or enforced."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from chassis import retention
from chassis.db import Database
from chassis.retention import Kept, Rule

from tempages.services import retention_rules, retention_url


@asynccontextmanager
async def _opened(service: str) -> AsyncIterator[tuple[Database, Sequence[Rule]]]:
    db = Database(retention_url(service), service)
    try:
        yield db, retention_rules(service)
    finally:
        await db.dispose()


async def planned(service: str) -> list[str]:
    """A line for each table, or partition of one, that would go now, and for the next of each kind."""
    async with _opened(service) as (db, rules):
        found = await retention.look(db, rules)
        now = db.clock.now()
    due = any(kept.goes_at <= now for kept in found)
    return [_plan(kept, now) for kept in found] + ([] if due else ["nothing would go now"])


def _plan(kept: Kept, now: datetime) -> str:
    if kept.goes_at <= now:
        return f"{kept.what}: {kept.rows} rows would go now, from {_day(kept.goes_at)} on"
    rows = f" ({kept.rows} rows)" if kept.rows else ""
    return f"{kept.what}: the next go on {_day(kept.goes_at)}{rows}"


async def removed(service: str) -> list[str]:
    """A line for each thing of which something went."""
    async with _opened(service) as (db, rules):
        gone: Counter[str] = Counter()
        for each in await retention.enforce(db, rules):
            gone[each.what] += each.rows
        return [f"{what}: {rows} rows removed" for what, rows in gone.items()] or ["nothing had to go"]


def _day(at: datetime) -> str:
    return at.astimezone(UTC).date().isoformat()
