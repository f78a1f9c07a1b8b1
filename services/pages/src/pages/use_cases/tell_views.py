"""Tell how often pages were shown, where that has changed."""

from chassis.db import Tx
from sqlmodel import col, select

from pages.models import ViewTotal

BATCH = 500


async def tell_views(tx: Tx) -> int:
    """One batch; how many pages were told of."""
    untold = select(ViewTotal).where(col(ViewTotal.version) > col(ViewTotal.told_version))
    totals = (await tx.session.execute(untold.limit(BATCH).with_for_update(skip_locked=True))).scalars().all()
    tx.publish(*(total.tell() for total in totals))
    return len(totals)
