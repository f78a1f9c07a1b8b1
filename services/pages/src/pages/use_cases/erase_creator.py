"""A creator is gone: nobody sees their pages any more, and what they wrote on them is gone too."""

from chassis.db import Tx
from contracts import Envelope
from contracts.catalog import CreatorErased
from contracts.pages import PageStatus
from sqlalchemy import delete
from sqlmodel import col

from pages import store
from pages.models import SalesPage


async def erase_creator(tx: Tx, envelope: Envelope[CreatorErased]) -> None:
    """Drafts are deleted. What was published is withdrawn and kept, without its texts, for its orders."""
    creator_id = envelope.data.id
    await store.forget_cached(tx, store.pages_of_creator(creator_id))
    own = col(SalesPage.creator_id) == creator_id
    await tx.session.execute(delete(SalesPage).where(own, col(SalesPage.status) == PageStatus.DRAFT))
    pages = await tx.session.execute(store.every_page_of(creator_id).with_for_update())
    for page in pages.scalars():
        if (withdrawn := page.erase(tx.clock.now())) is not None:
            tx.publish(withdrawn)
