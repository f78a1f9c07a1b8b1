"""A page has opened: everybody who confirmed is told once, a batch at a time."""

from chassis.db import Tx
from contracts import Envelope
from contracts.pages import PageLaunched

from leads import store
from leads.pacing import room_for

PAGE_IS_LIVE = "page-is-live"


async def tell_registrants(tx: Tx) -> int:
    """Owe the mail to the next batch of those who are to be told; how many that were.

    A batch is a transaction: whoever is killed between two leaves the rest to the next who comes.
    """
    room = await room_for(tx.session, PAGE_IS_LIVE)
    query = store.registrations_to_tell(tx.clock.now(), room)
    registrations = (await tx.session.execute(query)).scalars().all()
    for registration in registrations:
        registration.notify(tx.clock.now())
    await tx.owe_mail(PAGE_IS_LIVE, *(registration.id for registration in registrations))
    return len(registrations)


async def start_telling(tx: Tx, _launched: Envelope[PageLaunched]) -> None:
    """The first batch goes at once; the job goes on from there."""
    await tell_registrants(tx)
