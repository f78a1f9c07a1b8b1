"""What delivery keeps for how long: addresses for 30 days, orders, their events and downloads for 7 years.

What goes is decided in the database, by its own clock (migration 0004): the role that calls can choose nothing.
"""

from collections.abc import Sequence
from datetime import datetime

from chassis.db import Session, Tx
from chassis.retention import SECURITY_LOG, Kept, Removed, Rule
from sqlalchemy import text


class History:
    """Whole partitions, when all in them has been kept long enough; with an order's last event, the order."""

    async def look(self, session: Session, now: datetime) -> Sequence[Kept]:
        rows = await session.execute(text("SELECT what, row_count, goes_at FROM look_at_history()"))
        return [Kept(row.what, row.row_count, row.goes_at) for row in rows]

    async def remove(self, tx: Tx) -> Sequence[Removed]:
        rows = await tx.session.execute(text("SELECT what, row_count FROM remove_old_history()"))
        return [Removed(row.what, row.row_count) for row in rows]


RULES: Sequence[Rule] = (History(), SECURITY_LOG)
