"""A creator is gone: nobody sees their pages any more, and what they wrote on them is gone too."""

from chassis.db import Tx
from chassis.mirrors import keep_newest
from contracts import Envelope
from contracts.catalog import CreatorErased
from contracts.pages import PageStatus

from pages import store
from pages.models import MirroredCreator


async def erase_creator(tx: Tx, envelope: Envelope[CreatorErased]) -> None:
    """Drafts are deleted. What was published is withdrawn and kept, without its texts, for its orders.

    That the creator is gone is kept first, so that a draft which is being made is found here, or refused there.
    """
    await keep_newest(tx.session, MirroredCreator.of(envelope.data))
    pages = (await tx.session.execute(store.every_page_of(envelope.data.id).with_for_update())).scalars().all()
    for page in pages:
        if page.status == PageStatus.DRAFT:
            await tx.session.delete(page)
        elif (withdrawn := page.erase(tx.clock.now())) is not None:
            tx.publish(withdrawn)
    await store.forget_cached(tx, [page.short_id for page in pages])
