"""What is on sale is taken away on purpose alone: pages that have not closed are named first."""

from datetime import datetime
from uuid import UUID

from chassis.db import Tx

from catalog import store
from catalog.errors import CreatorHasLivePages, ProductOnLivePages


async def must_not_be_on_sale(tx: Tx, creator_id: UUID, product_id: UUID, *, after: datetime | None = None) -> None:
    """Raises ProductOnLivePages while a page sells the product, or is to; with `after`, one that closes later."""
    pages = await store.open_pages(tx.session, creator_id, tx.clock.now(), product_id)
    if found := [page.named() for page in pages if after is None or page.expires_at > after]:
        raise ProductOnLivePages(found)


async def must_have_no_live_page(tx: Tx, creator_id: UUID) -> None:
    """Raises CreatorHasLivePages."""
    if pages := await store.open_pages(tx.session, creator_id, tx.clock.now()):
        raise CreatorHasLivePages([page.named() for page in pages])
