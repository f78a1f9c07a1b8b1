"""A refund or a dispute takes access back; a dispute that is won gives it again; a new link replaces the old."""

from chassis.db import Tx
from contracts import Envelope
from contracts.checkout import DisputeClosed, OrderDisputed, OrderLinkReissued, OrderRefunded

from delivery import store
from delivery.models import DownloadGrant, OrderAccess


async def follow_order(tx: Tx, envelope: Envelope[OrderRefunded | OrderDisputed | DisputeClosed]) -> None:
    """What comes before the order is paid is kept for the grant that comes then."""
    access = await store.access_of(tx.session, envelope.data.id)
    access.follow(envelope.data)
    for grant in (await tx.session.execute(store.grants_of_order(access.order_id).with_for_update())).scalars():
        await _apply(tx, access, grant)


async def _apply(tx: Tx, access: OrderAccess, grant: DownloadGrant) -> None:
    now = tx.clock.now()
    changed = grant.reopen(now) if access.ended_by is None else grant.revoke(access.ended_by, now)
    if changed is not None:
        tx.publish(changed)
        await store.tell_edge(tx, grant.token_hash)


async def replace_link(tx: Tx, envelope: Envelope[OrderLinkReissued]) -> None:
    """The newest generation opens, whatever order they are heard in."""
    event = envelope.data
    access = await store.access_of(tx.session, event.id)
    access.take_link(event.token_hash, event.link_generation)
    for grant in (await tx.session.execute(store.grants_of_order(event.id).with_for_update())).scalars():
        if access.token_hash is not None and grant.token_hash != access.token_hash:
            former = grant.token_hash
            tx.publish(grant.replace_link(access.token_hash))
            await store.tell_edge(tx, former, grant.token_hash)
