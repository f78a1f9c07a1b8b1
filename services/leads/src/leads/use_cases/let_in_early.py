"""Before a page's launch its registrants are let in, in waves; each is told once, and then not at the launch."""

from chassis.db import Tx

from leads import store
from leads.models import MirroredPage, waves_of
from leads.models.early_access import Admission, admission
from leads.pacing import room_for

EARLY_ACCESS = "early-access"
PAGES = 20


async def let_in_early(tx: Tx) -> int:
    """Owe the mail to the next who may enter, of any page; how many that were.

    A page is one teller's alone meanwhile, so that several never let in more than a wave holds.
    """
    room = await room_for(tx.session, EARLY_ACCESS)
    told = 0
    for page in (await tx.session.execute(store.pages_with_early_access(tx.clock.now(), PAGES))).scalars().all():
        waves = waves_of(page.early_access_minutes, await store.chosen_waves(tx.session, page.id))
        admitted = admission(waves, page.launch_at, tx.clock.now())
        if admitted is not None and told < room:
            told += await _let_in(tx, page, admitted, room - told)
    return told


async def _let_in(tx: Tx, page: MirroredPage, admitted: Admission, most: int) -> int:
    taken = (await tx.session.execute(store.told_early(page.id))).scalar_one()
    query = store.next_to_tell(page.id, admitted.places_left(taken, most))
    registrations = (await tx.session.execute(query)).scalars().all()
    for registration in registrations:
        registration.notify(tx.clock.now(), early_access_from=admitted.opens_at)
    await tx.owe_mail(EARLY_ACCESS, *(registration.id for registration in registrations))
    return len(registrations)
