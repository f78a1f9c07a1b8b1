"""The next edition of a page: a draft like it. Once that is published, the old address leads to the new."""

from datetime import datetime

from chassis.db import Tx

from pages.models import SalesPage
from pages.offers import check_creator


async def relaunch_page(
    tx: Tx, page: SalesPage, *, launch_at: datetime | None, expires_at: datetime | None
) -> SalesPage:
    """Raises Unauthorized for a creator who was erased, NotPublished for a draft, Invalid for instants that passed."""
    await check_creator(tx, page.creator_id)
    edition = page.next_edition(tx.clock.now(), launch_at=launch_at, expires_at=expires_at)
    tx.session.add(edition)
    return edition
