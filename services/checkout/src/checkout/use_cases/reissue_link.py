"""A new download link in place of the old one, mailed to the buyer."""

from uuid import UUID

from chassis.clock import new_id
from chassis.db import Tx
from chassis.errors import NotFound

from checkout import store
from checkout.links import BuyerLinks
from checkout.models import LinkReissue, Order

LINK_REISSUED = "order-link-reissued"


async def reissue_link(tx: Tx, links: BuyerLinks, creator_id: UUID, order_id: UUID) -> Order:
    """The order with its new link, told: the old token dies with it. Raises NotFound or NoAccess."""
    order = await store.order_to_change(tx, order_id)
    if order is None or order.creator_id != creator_id:
        raise NotFound
    tx.publish(order.reissue_link(links.new_key(order.id, order.link_generation + 1)))
    mailed = LinkReissue(id=new_id(), order_id=order.id, generation=order.link_generation, created_at=tx.clock.now())
    tx.session.add(mailed)
    await tx.owe_mail(LINK_REISSUED, mailed.id)
    return order
