"""A creator takes a grant back, gives it again, or lets the buyer start counting anew."""

from uuid import UUID

from chassis.db import Tx
from chassis.errors import NotFound

from delivery import store
from delivery.models import DownloadGrant, must_be_open


async def _own(tx: Tx, creator_id: UUID, grant_id: UUID, *, locked: bool = True) -> DownloadGrant:
    grant = await tx.session.get(DownloadGrant, grant_id, with_for_update=locked)
    if grant is None or grant.creator_id != creator_id:
        raise NotFound
    return grant


async def revoke_grant(tx: Tx, creator_id: UUID, grant_id: UUID) -> DownloadGrant:
    """Again is harmless. Raises NotFound."""
    grant = await _own(tx, creator_id, grant_id)
    if not grant.revoked_by_creator:
        revoked = grant.revoke_by_hand(tx.clock.now())
        if revoked is not None:
            tx.publish(revoked)
            await store.tell_edge(tx, grant.token_hash)
        await tx.log_security("grant-revoked", grant.id, by=str(creator_id))
    return grant


async def restore_grant(tx: Tx, creator_id: UUID, grant_id: UUID) -> DownloadGrant:
    """Raises NotFound; GrantClosed when a refund or a dispute ended it.

    The order's access is locked before its grant, as by who follows the order.
    """
    grant = await _own(tx, creator_id, grant_id, locked=False)
    must_be_open(await store.access_of(tx.session, grant.order_id))
    await tx.session.refresh(grant, with_for_update=True)
    if grant.revoked_at is not None:
        tx.publish(grant.restore())
        await store.tell_edge(tx, grant.token_hash)
        await tx.log_security("grant-restored", grant.id, by=str(creator_id))
    return grant


async def reset_attempts(tx: Tx, creator_id: UUID, grant_id: UUID) -> DownloadGrant:
    """Every attempt is there again. Raises NotFound."""
    grant = await _own(tx, creator_id, grant_id)
    tx.publish(grant.reset_attempts())
    await tx.log_security("grant-attempts-reset", grant.id, by=str(creator_id))
    return grant
