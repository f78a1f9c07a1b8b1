"""A draft: everything can still be changed, nobody sees it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chassis.db import Tx

from pages.models import SalesPage
from pages.offers import check_creator, check_products


@dataclass(frozen=True)
class Wanted:
    """What the creator asked for, by the columns' names."""

    product_ids: list[UUID]
    columns: dict[str, Any]


async def create_page(tx: Tx, creator_id: UUID, wanted: Wanted) -> SalesPage:
    """Raises Unauthorized for a creator who was erased; ProductUnknown, NotHeardYet, Invalid."""
    await check_creator(tx, creator_id)
    await check_products(tx, creator_id, wanted.product_ids)
    now = tx.clock.now()
    page = SalesPage(
        creator_id=creator_id, product_ids=wanted.product_ids, created_at=now, updated_at=now, **wanted.columns
    )
    page.check_instants(now)
    tx.session.add(page)
    return page
