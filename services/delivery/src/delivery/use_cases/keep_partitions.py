"""Partitions are made ahead."""

from chassis.db import Tx

from delivery import store

MONTHS_AHEAD = 3
DAYS_AHEAD = 7


async def keep_partitions(tx: Tx) -> None:
    """Through a function of the owner: the application's own role can neither make a table nor drop one."""
    await store.call(tx.session, "make_partitions", months_ahead=MONTHS_AHEAD, days_ahead=DAYS_AHEAD)
