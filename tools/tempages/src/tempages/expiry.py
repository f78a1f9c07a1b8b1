"""What each service keeps for how long, looked at or enforced."""

from collections import Counter
from datetime import UTC, datetime

from chassis import retention
from chassis.retention import Kept

from tempages.services import opened, retention_rules, retention_url


async def planned(service: str) -> list[str]:
    """A line for each table, or partition of one, that would go now, and for the next of each kind."""
    async with opened(service, retention_url(service)) as db:
        found = await retention.look(db, retention_rules(service))
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
    gone: Counter[str] = Counter()
    async with opened(service, retention_url(service)) as db:
        for each in await retention.enforce(db, retention_rules(service)):
            gone[each.what] += each.rows
    return [f"{what}: {rows} rows removed" for what, rows in gone.items()] or ["nothing had to go"]


def _day(at: datetime) -> str:
    return at.astimezone(UTC).date().isoformat()
