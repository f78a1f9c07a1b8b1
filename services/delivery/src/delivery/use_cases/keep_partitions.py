"""Partitions are made ahead; addresses are gone after 30 days."""

from chassis.db import Tx

from delivery import store
from delivery.models import KEEP_ADDRESSES

MONTHS_AHEAD = 3
DAYS_AHEAD = 7


async def keep_partitions(tx: Tx) -> None:
    """Through functions of the owner: the application's own role can neither make a table nor drop one."""
    await store.call(tx.session, "make_partitions", months_ahead=MONTHS_AHEAD, days_ahead=DAYS_AHEAD)


async def forget_addresses(tx: Tx) -> None:
    before = tx.clock.now() - KEEP_ADDRESSES
    await store.call(tx.session, "forget_client_addresses", before=before)
    await tx.log_security("client-addresses-forgotten", before=before.isoformat())
