"""A creator changes what they sign their pages with, and what they are written about."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from chassis.db import Tx

from catalog import store
from catalog.models import Creator, Notice


@dataclass(frozen=True)
class Changes:
    """What is not named stays."""

    name: str | None = None
    notices: Mapping[Notice, bool] = field(default_factory=dict)


async def change_creator(tx: Tx, creator_id: UUID, matches: Callable[[int], None], changes: Changes) -> Creator:
    """`matches` raises unless it is given the version that the change was made to."""
    creator = await store.creator(tx.session, creator_id, to_change=True)
    matches(creator.version)
    now = tx.clock.now()
    creator.choose_notices(changes.notices, now)
    if changes.name is not None and changes.name != creator.name:
        tx.publish(creator.rename(changes.name, now))
    return creator
