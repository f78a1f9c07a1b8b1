"""Planted: a relay that remembers how far it came, and asks for what lies behind. What commits late is passed over."""

from chassis import outbox
from chassis.outbox import Relay
from sqlalchemy import text

from tests.faults.planted.entry import plant, start

BEHIND = text(
    "SELECT event_id, aggregate_id, type, payload::text AS body, occurred_at, position FROM outbox"
    " WHERE position > :mark ORDER BY position LIMIT 500"
)
NEWEST = text("SELECT coalesce(max(position), 0) FROM outbox")
mark: int | None = None


async def publish_batch(relay: Relay) -> tuple[int, int]:
    global mark
    async with relay._db.transaction() as tx:
        if not await tx.session.scalar(text("SELECT pg_try_advisory_xact_lock(hashtext('outbox'))")):
            return 0, 0
        if mark is None:
            mark = int(await tx.session.scalar(NEWEST) or 0)
        rows = (await tx.session.execute(BEHIND, {"mark": mark})).mappings().all()
        sent, failed = await relay._publish(rows)
        await relay._record(tx.session, sent, failed)
        mark = max([mark, *(row["position"] for row in rows)])
    return len(sent), len(failed)


plant(outbox.Relay, "publish_batch", publish_batch)
start()
