"""What the clock starts."""

from datetime import datetime, timedelta

from chassis.db import Database
from chassis.lifecycle import Job

from delivery.use_cases.keep_partitions import keep_partitions
from delivery.use_cases.tell_unused import tell_unused


async def keep(db: Database) -> None:
    async with db.transaction() as tx:
        await keep_partitions(tx)


async def rescue(db: Database) -> datetime | None:
    async with db.transaction() as tx:
        told = await tell_unused(tx)
    return db.clock.now() if told else None


JOBS = (
    Job("keep-partitions", keep, every=timedelta(hours=6)),
    Job("tell-unused", rescue, every=timedelta(minutes=10)),
)
