"""What the clock starts."""

from datetime import timedelta

from chassis.db import Database
from chassis.lifecycle import Job

from delivery.use_cases.keep_partitions import forget_addresses, keep_partitions


async def keep(db: Database) -> None:
    async with db.transaction() as tx:
        await keep_partitions(tx)


async def forget(db: Database) -> None:
    async with db.transaction() as tx:
        await forget_addresses(tx)


JOBS = (
    Job("keep-partitions", keep, every=timedelta(hours=6)),
    Job("forget-addresses", forget, every=timedelta(hours=6)),
)
