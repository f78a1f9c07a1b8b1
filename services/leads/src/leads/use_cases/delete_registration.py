"""A registration ends, by the registrant's link or the creator's hand; nothing personal stays."""

from typing import Literal
from uuid import UUID

from chassis.db import Tx
from chassis.errors import NotFound

from leads import store


async def delete_own_registration(tx: Tx, registration_id: UUID) -> None:
    """By the registrant. What is gone already is as it was wanted."""
    await _delete(tx, registration_id, "registrant")


async def delete_registration(tx: Tx, registration_id: UUID, creator_id: UUID) -> None:
    """By the page's creator. Raises NotFound for another's, as for one that does not exist."""
    registration = await store.registration_to_change(tx.session, registration_id)
    if registration is None or not await store.page_of_creator(tx.session, registration.sales_page_id, creator_id):
        raise NotFound
    await _delete(tx, registration_id, "creator")


async def _delete(tx: Tx, registration_id: UUID, by: Literal["registrant", "creator"]) -> None:
    registration = await store.registration_to_change(tx.session, registration_id)
    if registration is None:
        return
    tx.publish(registration.delete())
    await tx.session.delete(registration)
    await tx.log_security("registration-deleted", registration_id, by=by)
