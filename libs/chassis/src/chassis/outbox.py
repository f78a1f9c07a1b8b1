"""The relay role: publishes what was committed, in version order per aggregate, until the broker has it."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import aio_pika
from aio_pika.abc import DeliveryMode
from contracts.event import CONTENT_TYPE
from sqlalchemy import RowMapping, bindparam, text, update

from chassis import tables, telemetry
from chassis.broker import BROKER_ERRORS
from chassis.clock import first_of
from chassis.db import DATABASE_ERRORS, Database, Session
from chassis.failpoints import failpoint
from chassis.publisher import Publisher
from chassis.topology import EXCHANGE
from chassis.wakeup import Wakeup

log = telemetry.logger(__name__)
BATCH = 500
BATCH_SECONDS = 5.0
"""After this long no further event of a batch is begun: a broker that is slow holds up neither the lock nor a stop."""
LEASE_SECONDS = 20
"""How long one that neither works nor dies (a process that was stopped) keeps the others from taking over."""
IN_FLIGHT = 200
POLL_SECONDS = 1.0
COUNT_SECONDS = 1.0
MOST_COUNTED = 10_000
"""Of events that wait: every COUNT_SECONDS, and so many at most, since an alarm asks for no more."""
LONGEST_PAUSE_SECONDS = 30.0

_LOCK = text(
    "SELECT pg_try_advisory_xact_lock(hashtext('outbox')),"
    " set_config('idle_in_transaction_session_timeout', :lease, true)"
)
_UNSENT = text(
    "SELECT event_id, aggregate_id, type, payload::text AS body, occurred_at FROM outbox"
    " WHERE sent_at IS NULL ORDER BY position LIMIT :batch"
)
_COUNT_UNSENT = text("SELECT count(*) FROM (SELECT FROM outbox WHERE sent_at IS NULL LIMIT :most) AS unsent")
_MARK_SENT = (
    update(tables.outbox)
    .where(tables.outbox.c.event_id == bindparam("sent"))
    .values(sent_at=bindparam("at"), last_error=None)
)
_MARK_FAILED = (
    update(tables.outbox)
    .where(tables.outbox.c.event_id == bindparam("failed"))
    .values(attempts=tables.outbox.c.attempts + 1, last_error=bindparam("error"))
)


@dataclass
class _Batch:
    """What became of a batch's events; those in neither are left for the next one."""

    ends_at: float
    sent: list[UUID] = field(default_factory=list)
    failed: dict[UUID, str] = field(default_factory=dict)

    def is_over(self) -> bool:
        return asyncio.get_running_loop().time() > self.ends_at


class Relay:
    """Any number may run; the one that holds the transaction's advisory lock works, the others stand by.

    The lock's transaction stays open while a batch is published: the one place where that is right, since
    a lock that outlives it (a session's) leaks behind poolers, and none at all loses the order.
    """

    def __init__(self, db: Database, publisher: Publisher) -> None:
        self._db = db
        self._publisher = publisher
        self._slots = asyncio.Semaphore(IN_FLIGHT)
        self._next_count = 0.0

    async def run(self, stopping: asyncio.Event) -> None:
        """Publish until `stopping`; a batch under way is finished first."""
        pause = POLL_SECONDS
        async with Wakeup(self._db.url, "outbox") as wakeup:
            while not stopping.is_set():
                sent, failed = await self._work()
                if sent == BATCH and not failed:
                    continue
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS) if failed else POLL_SECONDS
                await self._rest(wakeup, stopping, pause)

    async def _work(self) -> tuple[int, int]:
        try:
            done = await self.publish_batch() if self._publisher.connected else (0, 0)
            await self._count_unsent()
            return done
        except DATABASE_ERRORS as error:
            log.warning("relay cannot reach its database", error=str(error) or type(error).__name__)
            return 0, 1

    async def _count_unsent(self) -> None:
        """Once in COUNT_SECONDS, broker or none; also on standby, lest a leader that hangs hides what it leaves."""
        now = asyncio.get_running_loop().time()
        if now < self._next_count:
            return
        self._next_count = now + COUNT_SECONDS
        async with self._db.reading() as session:
            unsent = await session.scalar(_COUNT_UNSENT, {"most": MOST_COUNTED})
        telemetry.OUTBOX_UNSENT.labels(self._db.service).set(unsent)

    async def _rest(self, wakeup: Wakeup, stopping: asyncio.Event, seconds: float) -> None:
        await first_of(wakeup.wait(seconds), stopping.wait(), self._publisher.reconnected.wait())
        self._publisher.reconnected.clear()

    async def publish_batch(self) -> tuple[int, int]:
        """Publish up to BATCH events; how many the broker confirmed, and how many it did not. (0, 0) on standby."""
        async with self._db.transaction() as tx:
            session = tx.session
            locked = await session.scalar(_LOCK, {"lease": f"{LEASE_SECONDS}s"})
            rows = (await session.execute(_UNSENT, {"batch": BATCH})).mappings().all() if locked else []
            sent, failed = await self._publish(rows)
            if sent:
                failpoint("relay.before-mark-sent")
            await self._record(session, sent, failed)
            if sent:
                failpoint("relay.after-mark-sent")
        if failed:
            log.warning("events not published", events=len(failed), error=next(iter(failed.values())))
        telemetry.EVENTS_PUBLISHED.labels(self._db.service).inc(len(sent))
        return len(sent), len(failed)

    async def _publish(self, rows: Sequence[RowMapping]) -> tuple[list[UUID], dict[UUID, str]]:
        aggregates: dict[UUID, list[RowMapping]] = defaultdict(list)
        for row in rows:
            aggregates[row["aggregate_id"]].append(row)
        batch = _Batch(asyncio.get_running_loop().time() + BATCH_SECONDS)
        await asyncio.gather(*(self._publish_in_order(events, batch) for events in aggregates.values()))
        return batch.sent, batch.failed

    async def _publish_in_order(self, rows: list[RowMapping], batch: "_Batch") -> None:
        """One aggregate's events one after the other; the first that fails holds back the rest."""
        for row in rows:
            try:
                async with self._slots:
                    if batch.is_over():
                        return
                    await self._publisher.publish(EXCHANGE, row["type"], message(row, self._db.service))
            except BROKER_ERRORS as error:
                batch.failed[row["event_id"]] = f"{type(error).__name__}: {error}"
                return
            failpoint("relay.after-confirm")
            batch.sent.append(row["event_id"])

    async def _record(self, session: Session, sent: list[UUID], failed: dict[UUID, str]) -> None:
        connection = await session.connection()
        if sent:
            await connection.execute(_MARK_SENT, [{"sent": event_id, "at": self._db.clock.now()} for event_id in sent])
        if failed:
            await connection.execute(_MARK_FAILED, [{"failed": key, "error": error} for key, error in failed.items()])


def message(row: RowMapping | Mapping[str, Any], service: str) -> aio_pika.Message:
    """An outbox row (`body` is its payload) as it goes on the wire."""
    return aio_pika.Message(
        row["body"].encode(),
        content_type=CONTENT_TYPE,
        delivery_mode=DeliveryMode.PERSISTENT,
        message_id=str(row["event_id"]),
        type=row["type"],
        timestamp=row["occurred_at"],
        app_id=service,
    )
