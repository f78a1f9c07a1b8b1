"""What the clock starts."""

from datetime import datetime, timedelta

from chassis.db import Database
from chassis.lifecycle import Job

from pages.use_cases.announce_due import BATCH, announce_due, next_due
from pages.use_cases.tell_views import BATCH as VIEWS_BATCH
from pages.use_cases.tell_views import tell_views

HELD = timedelta(milliseconds=50)
"""How soon to look again for what is overdue, but in another's hands."""


async def announce(db: Database) -> datetime | None:
    """Tell what is due; answers when the next is, or now while there is more."""
    async with db.transaction() as tx:
        announced = await announce_due(tx)
        upcoming = await next_due(tx)
    now = db.clock.now()
    if announced >= BATCH:
        return now
    return None if upcoming is None else max(upcoming, now + HELD)


async def tell_more_views(db: Database) -> datetime | None:
    """One batch; due again now while there is more."""
    async with db.transaction() as tx:
        told = await tell_views(tx)
    return db.clock.now() if told == VIEWS_BATCH else None


JOBS = (
    Job("announce-due", announce, every=timedelta(seconds=1)),
    Job("tell-views", tell_more_views, every=timedelta(seconds=30)),
)
