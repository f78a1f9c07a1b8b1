"""A creator turns mails of a kind off, by a link in one of them."""

from uuid import UUID

from chassis.db import Tx

from catalog import store
from catalog.models import Notice


async def leave_notices(tx: Tx, creator_id: UUID, notice: Notice) -> None:
    """Again is harmless. Raises NotFound."""
    creator = await store.creator(tx.session, creator_id, to_change=True)
    creator.choose_notices({notice: False}, tx.clock.now())
