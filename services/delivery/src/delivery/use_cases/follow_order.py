"""A refund or a dispute takes access back; a dispute that is won gives it again; a new link replaces the old."""

from chassis.db import Tx
from contracts import Envelope
from contracts.checkout import DisputeClosed, OrderDisputed, OrderLinkReissued, OrderRefunded

from delivery import store
from delivery.models import DownloadGrant, OrderAccess

BY_HAND = "creator"
"""Why a grant is revoked that its creator revoked: no dispute that is won undoes that."""


async def follow_order(tx: Tx, envelope: Envelope[OrderRefunded | OrderDisputed | DisputeClosed]) -> None:
    """What comes before the order is paid is kept for the grant that comes then."""
    access = await store.access_of(tx.session, envelope.data.id)
    access.follow(envelope.data)
    for grant in (await tx.session.execute(store.grants_of_order(access.order_id).with_for_update())).scalars():
        _apply(tx, access, grant)


def _apply(tx: Tx, access: OrderAccess, grant: DownloadGrant) -> None:
    if access.ended_by is None:
        if grant.revoked_at is not None and grant.reason != BY_HAND:
            tx.publish(grant.restore())
        return
    revoked = grant.revoke(access.ended_by, tx.clock.now())
    if revoked is not None:
        tx.publish(revoked)


async def replace_link(tx: Tx, envelope: Envelope[OrderLinkReissued]) -> None:
    """The newest generation opens, whatever order they are heard in."""
    event = envelope.data
    access = await store.access_of(tx.session, event.id)
    access.take_link(event.token_hash, event.link_generation)
    for grant in (await tx.session.execute(store.grants_of_order(event.id).with_for_update())).scalars():
        if access.token_hash is not None and grant.token_hash != access.token_hash:
            tx.publish(grant.replace_link(access.token_hash))
