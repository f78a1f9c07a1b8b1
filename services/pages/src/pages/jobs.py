"""What the clock starts."""

from datetime import datetime, timedelta

from chassis.db import Database
from chassis.lifecycle import Job

from pages.use_cases.announce_due import BATCH, announce_due, next_due


async def announce(db: Database) -> datetime | None:
    """Tell what is due; answers when the next is, or now while there is more."""
    async with db.transaction() as tx:
        announced = await announce_due(tx)
        upcoming = await next_due(tx)
    return db.clock.now() if announced >= BATCH else upcoming


JOBS = (Job("announce-due", announce, every=timedelta(seconds=1)),)
