"""Tell that pages launched, will expire in a day, and expired: once each, whoever's clock struck first.

Reading never waits for it.
"""

from datetime import datetime

from chassis.db import Tx
from sqlalchemy import Select

from pages import store
from pages.models import SalesPage

BATCH = 500


async def announce_due(tx: Tx) -> int:
    """One batch; how many pages were told of. Any number may run: each takes rows that no other holds."""
    now = tx.clock.now()
    announced: list[str] = []
    for query in (store.to_launch(now, BATCH), store.to_warn(now, BATCH), store.to_expire(now, BATCH)):
        announced += await _announce(tx, query, now)
    await store.forget_cached(tx, announced)
    return len(announced)


async def _announce(tx: Tx, query: Select[SalesPage], now: datetime) -> list[str]:
    """The short ids of the pages that were told of."""
    pages = (await tx.session.execute(query.with_for_update(skip_locked=True))).scalars().all()
    for page in pages:
        tx.publish(*page.announce(now))
    return [page.short_id for page in pages]


async def next_due(tx: Tx) -> datetime | None:
    """The instant at which something is due next."""
    upcoming = [
        await tx.session.scalar(query) for query in (store.next_launch(), store.next_warning(), store.next_expiry())
    ]
    return min((instant for instant in upcoming if instant is not None), default=None)
