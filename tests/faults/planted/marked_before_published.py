"""Planted: a relay that marks events as sent, commits, and only then publishes them."""

from chassis import outbox
from chassis.outbox import Relay
from sqlalchemy import text

from tests.faults.planted.entry import plant, start


async def publish_batch(relay: Relay) -> tuple[int, int]:
    async with relay._db.transaction() as tx:
        locked = await tx.session.scalar(text("SELECT pg_try_advisory_xact_lock(hashtext('outbox'))"))
        rows = (await tx.session.execute(outbox._UNSENT, {"batch": 500})).mappings().all() if locked else []
        await relay._record(tx.session, [row["event_id"] for row in rows], {})
    sent, failed = await relay._publish(rows)
    return len(sent), len(failed)


plant(outbox.Relay, "publish_batch", publish_batch)
start()
