"""A paid order gives access, once, as far as what else happened to it allows."""

from datetime import datetime, timedelta

from chassis.db import Tx
from contracts import Envelope
from contracts.checkout import OrderPaid

from delivery import store
from delivery.errors import ProductNotHeard
from delivery.models import DownloadGrant, MirroredProduct, OrderAccess


async def issue_grant(tx: Tx, envelope: Envelope[OrderPaid]) -> None:
    """Raises ProductNotHeard while the product is still on its way: it is tried again."""
    order = envelope.data
    # Shared lock: a file that is replaced meanwhile waits, and then finds this grant too.
    product = await tx.session.get(MirroredProduct, order.product_id, with_for_update={"read": True})
    if product is None or product.file_id is None:
        raise ProductNotHeard(str(order.product_id))
    access = await store.access_of(tx.session, order.id)
    access.take_link(order.token_hash, order.link_generation)
    if (await tx.session.execute(store.grants_of_order(order.id))).first() is not None:
        return
    grant = _grant(order, product, access, tx.clock.now())
    tx.session.add(grant)
    tx.publish(grant.granted())
    await store.tell_edge(tx, grant.token_hash)
    if access.ended_by is not None:
        _revoke(tx, grant, access.ended_by)


def _grant(order: OrderPaid, product: MirroredProduct, access: OrderAccess, now: datetime) -> DownloadGrant:
    assert product.file_id is not None
    paid_at = order.paid_at or order.created_at
    return DownloadGrant(
        order_id=order.id,
        creator_id=order.creator_id,
        sales_page_id=order.sales_page_id,
        product_id=product.id,
        file_id=product.file_id,
        token_hash=access.token_hash or order.token_hash,
        attempts_allowed=product.attempts_allowed,
        address_binding=product.address_binding,
        issued_at=now,
        expires_at=paid_at + timedelta(days=product.access_days),
    )


def _revoke(tx: Tx, grant: DownloadGrant, reason: str) -> None:
    revoked = grant.revoke(reason, tx.clock.now())
    if revoked is not None:
        tx.publish(revoked)
