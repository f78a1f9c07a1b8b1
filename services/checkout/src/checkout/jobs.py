"""What the clock starts. Any number of sweepers may run each: rows are taken under a lease."""

import asyncio
from collections.abc import Awaitable, Iterable
from datetime import datetime, timedelta
from uuid import UUID

from chassis.db import Database
from chassis.errors import Problem
from chassis.lifecycle import Job

from checkout import store
from checkout.links import BuyerLinks
from checkout.ports import Payments
from checkout.use_cases.attend_session import attend_session
from checkout.use_cases.hear_stripe import follow_event
from checkout.use_cases.open_session import finish_session
from checkout.use_cases.reconcile_money import reconcile_money, review_stuck_orders
from checkout.use_cases.refund_order import carry_out_refund
from checkout.use_cases.tell_stock import tell_stock

BATCH = 50
AT_ONCE = 8
"""Calls to Stripe under way at a time, by one job."""


async def _gently(work: Iterable[Awaitable[None]]) -> None:
    """All of it, a few at a time; raises the failures together, after the rest is done."""
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(part: Awaitable[None]) -> None:
        async with slots:
            await part

    results = await asyncio.gather(*(one(part) for part in work), return_exceptions=True)
    if failures := [result for result in results if isinstance(result, Exception)]:
        raise ExceptionGroup("some of the job's work failed", failures)


class Jobs:
    """The jobs of checkout, with what they need."""

    def __init__(self, payments: Payments, links: BuyerLinks) -> None:
        self._payments = payments
        self._links = links

    def all(self) -> list[Job]:
        return [
            Job("attend-sessions", self.attend_sessions, timedelta(seconds=2)),
            Job("carry-out-refunds", self.carry_out_refunds, timedelta(seconds=2)),
            Job("follow-waiting-events", self.follow_waiting_events, timedelta(seconds=5)),
            Job("reconcile", self.reconcile, timedelta(minutes=10)),
            Job("tell-stock", self.tell_stock, timedelta(seconds=1)),
        ]

    async def attend_sessions(self, db: Database) -> datetime | None:
        """Sessions whose page has closed are ended; orders unpaid for ten minutes, or interrupted, are asked about."""
        async with db.transaction() as tx:
            due = await store.take_due_sessions(tx, BATCH)
        await _gently(
            attend_session(db, self._payments, self._links, order_id)
            if opened
            else self._finish_interrupted(db, order_id)
            for order_id, opened in due
        )
        async with db.reading() as reading:
            return await store.next_session_due(reading)

    async def _finish_interrupted(self, db: Database, order_id: UUID) -> None:
        """Learn the session's id under the same key, and end it, unless the buyer is sent to it meanwhile."""
        try:
            await finish_session(db, self._payments, order_id)
        except Problem:
            return  # refused: the order has failed; unavailable: asked again after the lease
        await attend_session(db, self._payments, self._links, order_id)

    async def carry_out_refunds(self, db: Database) -> None:
        async with db.transaction() as tx:
            due = await store.take_due_refunds(tx, BATCH)
        await _gently(carry_out_refund(db, self._payments, refund_id) for refund_id in due)

    async def follow_waiting_events(self, db: Database) -> None:
        async with db.transaction() as tx:
            due = await store.take_due_events(tx, BATCH)
        await _gently(follow_event(db, self._payments, self._links, event_id) for event_id in due)

    async def reconcile(self, db: Database) -> None:
        """Orders that nobody asks about any more, and once a day the money."""
        async with db.transaction() as tx:
            await review_stuck_orders(tx)
        await reconcile_money(db, self._payments)

    async def tell_stock(self, db: Database) -> None:
        async with db.transaction() as tx:
            await tell_stock(tx)
