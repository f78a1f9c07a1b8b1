"""What the clock starts. Any number of sweepers may run each."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial

from chassis.db import Database, Tx
from chassis.lifecycle import Job

from leads import store
from leads.use_cases.delete_registration import delete_registrations_of_erased
from leads.use_cases.lapse_offers import lapse_offers
from leads.use_cases.let_in_early import let_in_early
from leads.use_cases.offer_units import offer_units
from leads.use_cases.tell_of_successor import tell_of_successor
from leads.use_cases.tell_registrants import tell_registrants

PAUSE = timedelta(milliseconds=250)
"""Between two batches."""


async def tell_next_batch(db: Database) -> datetime | None:
    """One batch; when the next is due: after a pause while there are more, else at the next launch."""
    async with db.transaction() as tx:
        told = await tell_registrants(tx)
        upcoming: datetime | None = await tx.session.scalar(store.next_launch(tx.clock.now()))
    return db.clock.now() + PAUSE if told else upcoming


async def lapse_next_batch(db: Database) -> datetime | None:
    """One batch; due again when the next offer ends."""
    async with db.transaction() as tx:
        await lapse_offers(tx)
        due: datetime | None = await tx.session.scalar(store.next_lapse())
    return due


async def next_batch(batch: Callable[[Tx], Awaitable[int]], db: Database) -> datetime | None:
    """One batch; due again after a pause while there are more."""
    async with db.transaction() as tx:
        done = await batch(tx)
    return db.clock.now() + PAUSE if done else None


def all_jobs(offer_lives: timedelta) -> tuple[Job, ...]:
    """`offer_lives`: how long a unit is kept for who it was offered to."""
    offering = partial(offer_units, lives=offer_lives)
    return (
        Job("tell-registrants", tell_next_batch, every=timedelta(seconds=1)),
        Job("let-in-early", partial(next_batch, let_in_early), every=timedelta(seconds=1)),
        Job("tell-of-successor", partial(next_batch, tell_of_successor), every=timedelta(seconds=5)),
        Job("offer-units", partial(next_batch, offering), every=timedelta(seconds=1)),
        Job("lapse-offers", lapse_next_batch, every=timedelta(seconds=5)),
        Job(
            "delete-registrations-of-erased", partial(next_batch, delete_registrations_of_erased), timedelta(seconds=5)
        ),
    )
