"""A page has opened: everybody who confirmed is told once, a batch at a time."""

from math import ceil
from uuid import UUID

from chassis.db import Tx
from contracts import Envelope
from contracts.pages import PageLaunched

from leads import store
from leads.pacing import room_for

PAGE_IS_LIVE = "page-is-live"
PAGES = 20


async def tell_registrants(tx: Tx) -> int:
    """Owe the mail to the next batch of those who are to be told; how many that were.

    The open pages share it, so that a large launch does not keep a small one waiting. A batch is a transaction:
    whoever is killed between two leaves the rest to the next who comes.
    """
    room = await room_for(tx.session, PAGE_IS_LIVE)
    pages = (await tx.session.scalars(store.pages_to_tell_of(tx.clock.now(), PAGES))).all()
    told = 0
    for place, page_id in enumerate(pages):
        told += await _tell(tx, page_id, ceil((room - told) / (len(pages) - place)))
    return told


async def _tell(tx: Tx, page_id: UUID, most: int) -> int:
    registrations = (await tx.session.scalars(store.next_to_tell(page_id, most))).all()
    for registration in registrations:
        registration.notify(tx.clock.now())
    await tx.owe_mail(PAGE_IS_LIVE, *(registration.id for registration in registrations))
    return len(registrations)


async def start_telling(tx: Tx, _launched: Envelope[PageLaunched]) -> None:
    """The first batch goes at once; the job goes on from there."""
    await tell_registrants(tx)
