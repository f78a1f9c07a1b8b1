"""A creator changes what they sign their pages with."""

from collections.abc import Callable
from uuid import UUID

from chassis.db import Tx

from catalog import store
from catalog.models import Creator


async def change_creator(tx: Tx, creator_id: UUID, matches: Callable[[int], None], name: str | None) -> Creator:
    """`matches` raises unless it is given the version that the change was made to."""
    creator = await store.creator(tx.session, creator_id, to_change=True)
    matches(creator.version)
    if name is not None and name != creator.name:
        tx.publish(creator.rename(name, tx.clock.now()))
    return creator
