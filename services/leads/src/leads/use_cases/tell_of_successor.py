"""The page that follows an expired one has opened: who asked for it is told once."""

from chassis.db import Tx

from leads import store

NEXT_IS_LIVE = "next-is-live"
BATCH = 200
MOST_WAITING = 400
"""As at a launch."""


async def tell_of_successor(tx: Tx) -> int:
    """Owe the mail to the next batch; how many that were."""
    room = MOST_WAITING - await store.unsent_mails(tx.session, NEXT_IS_LIVE)
    if room <= 0:
        return 0
    query = store.registrations_for_successors(tx.clock.now(), min(room, BATCH))
    registrations = (await tx.session.execute(query)).scalars().all()
    for registration in registrations:
        registration.notify_of_next(tx.clock.now())
        await tx.owe_mail(NEXT_IS_LIVE, registration.id)
    return len(registrations)
