"""A registration ends: by the registrant's link, by the creator's hand, or with the creator; nothing personal stays."""

from typing import Literal
from uuid import UUID

from chassis.db import Tx
from chassis.errors import NotFound

from leads import store
from leads.models import Registration

BATCH = 200


async def delete_own_registration(tx: Tx, registration_id: UUID) -> None:
    """By the registrant. What is gone already is as it was wanted."""
    registration = await store.registration_to_change(tx.session, registration_id)
    if registration is not None:
        await _delete(tx, registration, "registrant")


async def delete_registration(tx: Tx, registration_id: UUID, creator_id: UUID) -> None:
    """By the page's creator. Raises NotFound for another's, as for one that does not exist."""
    registration = await store.registration_to_change(tx.session, registration_id)
    if registration is None or not await store.page_of_creator(tx.session, registration.sales_page_id, creator_id):
        raise NotFound
    await _delete(tx, registration, "creator")


async def delete_registrations_of_erased(tx: Tx) -> int:
    """The next batch of registrations for pages of creators who were erased; how many that were."""
    registrations = (await tx.session.execute(store.registrations_of_erased(BATCH))).scalars().all()
    for registration in registrations:
        await _delete(tx, registration, "creator-erased")
    return len(registrations)


async def _delete(tx: Tx, registration: Registration, by: Literal["registrant", "creator", "creator-erased"]) -> None:
    """A unit that was offered to them is free again."""
    if (offer := await store.open_offer(tx.session, registration.id)) is not None:
        tx.publish(offer.lapse(tx.clock.now()))
        await tx.session.flush()
    tx.publish(registration.delete())
    await tx.session.delete(registration)
    await tx.log_security("registration-deleted", registration.id, by=by)
