"""A registrant pressed the button that only their mail leads to."""

from uuid import UUID

from chassis.db import Tx

from leads import store
from leads.errors import RegistrationExpired, RegistrationUnknown
from leads.models import MirroredPage, Purpose, Registration


async def confirm_registration(tx: Tx, registration_id: UUID) -> MirroredPage:
    """The page that was registered for. Again is harmless. Raises RegistrationUnknown, RegistrationExpired."""
    registration = await store.registration_to_change(tx.session, registration_id)
    page = await tx.session.get(MirroredPage, registration.sales_page_id) if registration else None
    if registration is None or page is None:
        raise RegistrationUnknown
    purposes = await store.purposes_asked(tx.session, registration.id)
    if registration.confirmed_at is None:
        if page.is_over(tx.clock.now()) and Purpose.NEXT_PAGE not in purposes:
            raise RegistrationExpired
        tx.publish(registration.confirm(tx.clock.now()))
    if Purpose.NEXT_PAGE in purposes:
        registration.want_next(tx.clock.now())
    if Purpose.WAITING_LIST in purposes:
        await _join_waiting_list(tx, page, registration)
    return page


async def _join_waiting_list(tx: Tx, page: MirroredPage, registration: Registration) -> None:
    """At its end; who has an offer takes that first."""
    if page.offers_at(tx.clock.now()) and await store.open_offer(tx.session, registration.id) is None:
        registration.wait(tx.clock.now())
