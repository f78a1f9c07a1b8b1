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
    """A line for each thing that would go now, and for the next that goes of each kind."""
    async with _opened(service) as (db, rules):
        found = await retention.look(db, rules)
        return [_plan(kept, db.clock.now()) for kept in found] or ["nothing is kept that will go"]


def _plan(kept: Kept, now: datetime) -> str:
    if kept.goes_at <= now:
        return f"{kept.what}: {kept.rows} rows would go now, from {_day(kept.goes_at)} on"
    return f"{kept.what}: the next go on {_day(kept.goes_at)}"


async def removed(service: str) -> list[str]:
    """A line for each thing of which something went."""
    async with _opened(service) as (db, rules):
        gone: Counter[str] = Counter()
        for each in await retention.enforce(db, rules):
            gone[each.what] += each.rows
        return [f"{what}: {rows} rows removed" for what, rows in gone.items()] or ["nothing had to go"]


def _day(at: datetime) -> str:
    return at.astimezone(UTC).date().isoformat()
