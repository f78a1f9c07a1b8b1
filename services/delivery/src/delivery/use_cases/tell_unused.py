"""A download that nobody fetched ends in two days: told once, so that the buyer can be reminded."""

from datetime import timedelta

from chassis.db import Tx

from delivery import store

NOTICE = timedelta(hours=48)


async def tell_unused(tx: Tx) -> int:
    """How many were told of; 500 at most."""
    grants = (await tx.session.execute(store.unused_grants(tx.clock.now(), NOTICE))).scalars().all()
    for grant in grants:
        tx.publish(grant.tell_unused(tx.clock.now()))
    return len(grants)
