"""A registrant pressed the button that only their mail leads to."""

from uuid import UUID

from chassis.db import Tx

from leads import store
from leads.errors import RegistrationExpired, RegistrationUnknown
from leads.models import MirroredPage


async def confirm_registration(tx: Tx, registration_id: UUID) -> MirroredPage:
    """The page that was registered for. Again is harmless. Raises RegistrationUnknown, RegistrationExpired."""
    registration = await store.registration_to_change(tx.session, registration_id)
    page = await tx.session.get(MirroredPage, registration.sales_page_id) if registration else None
    if registration is None or page is None:
        raise RegistrationUnknown
    if registration.confirmed_at is None:
        if page.is_over(tx.clock.now()):
            raise RegistrationExpired
        tx.publish(registration.confirm(tx.clock.now()))
    return page
