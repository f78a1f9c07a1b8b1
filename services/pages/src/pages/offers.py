"""What a page may offer, and who may draft one."""

from datetime import datetime, timedelta
from uuid import UUID

from chassis.clock import made_at
from chassis.db import Tx
from chassis.errors import NotHeardYet, Unauthorized

from pages import store
from pages.errors import ProductNotForSale, ProductUnknown
from pages.models import MirroredCreator, SalesPage

ON_ITS_WAY = timedelta(days=1)
"""A product made within this time, and not heard of, may have been published a moment ago."""


async def check_creator(tx: Tx, creator_id: UUID) -> None:
    """Not erased, until the transaction ends: a token outlives its creator by minutes. Raises Unauthorized."""
    creator = await tx.session.get(MirroredCreator, creator_id, with_for_update={"read": True})
    if creator is not None and creator.is_erased:
        raise Unauthorized("This account was erased.")


async def check_products(tx: Tx, creator_id: UUID, ids: list[UUID]) -> None:
    """All are the creator's. Raises ProductUnknown; NotHeardYet for one that may be on its way."""
    known = await store.products(tx.session, ids)
    for place, product_id in enumerate(ids):
        product = known.get(product_id)
        if product is None and _made_lately(product_id, tx.clock.now()):
            raise NotHeardYet("This product was published a moment ago, or has no file yet.")
        if product is None or product.creator_id != creator_id:
            raise ProductUnknown(place)


def _made_lately(identifier: UUID, now: datetime) -> bool:
    made = made_at(identifier)
    return made is not None and abs(now - made) < ON_ITS_WAY


async def check_for_sale(tx: Tx, page: SalesPage) -> None:
    """Raises ProductNotForSale for the first that cannot be sold now."""
    known = await store.products(tx.session, page.product_ids)
    for product_id in page.product_ids:
        product = known.get(product_id)
        if product is None or not product.is_for_sale(tx.clock.now()):
            raise ProductNotForSale(f"{product.name if product else product_id} has no file, or was withdrawn.")
