"""What the clock starts."""

from datetime import datetime, timedelta

from chassis.db import Database
from chassis.lifecycle import Job

from leads import store
from leads.use_cases.tell_registrants import tell_registrants

PAUSE = timedelta(seconds=1)
"""Between two batches of a launch."""


async def tell_next_batch(db: Database) -> datetime | None:
    """One batch; when the next is due: after a pause while there are more, else at the next launch."""
    async with db.transaction() as tx:
        told = await tell_registrants(tx)
        upcoming: datetime | None = await tx.session.scalar(store.next_launch(tx.clock.now()))
    return db.clock.now() + PAUSE if told else upcoming


JOBS = (Job("tell-registrants", tell_next_batch, every=timedelta(seconds=5)),)
