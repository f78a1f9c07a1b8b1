"""The page that follows an expired one has opened: who asked for it is told once."""

from chassis.db import Tx

from leads import store
from leads.pacing import room_for

NEXT_IS_LIVE = "next-is-live"


async def tell_of_successor(tx: Tx) -> int:
    """Owe the mail to the next batch; how many that were."""
    room = await room_for(tx.session, NEXT_IS_LIVE)
    query = store.registrations_for_successors(tx.clock.now(), room)
    registrations = (await tx.session.execute(query)).scalars().all()
    for registration in registrations:
        registration.notify_of_next(tx.clock.now())
    await tx.owe_mail(NEXT_IS_LIVE, *(registration.id for registration in registrations))
    return len(registrations)
