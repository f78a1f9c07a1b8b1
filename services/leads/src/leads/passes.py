"""The passes that leads signs: for whom, and their windows. Their ids are stable: a mail sent twice bears one pass."""

from datetime import datetime

from chassis.passes import Pass, PassKind

from leads.models import MirroredPage, Registration, WaitingListOffer


def lead_pass(page: MirroredPage, registration: Registration) -> Pass:
    """Opens nothing; an order placed with it names this registration."""
    return Pass(
        id=registration.id,
        kind=PassKind.LEAD,
        registration_id=registration.id,
        page_id=page.id,
        not_before=registration.registered_at.replace(microsecond=0),
        expires_at=page.expires_at,
    )


def early_access_pass(page: MirroredPage, registration: Registration, opens_at: datetime) -> Pass:
    """Opens the page, and sells, from `opens_at` on."""
    return Pass(
        id=registration.id,
        kind=PassKind.EARLY_ACCESS,
        registration_id=registration.id,
        page_id=page.id,
        not_before=opens_at,
        expires_at=page.expires_at,
    )


def waiting_list_pass(offer: WaitingListOffer) -> Pass:
    """Buys the unit that is held for it, until the offer ends."""
    return Pass(
        id=offer.id,
        kind=PassKind.WAITING_LIST,
        registration_id=offer.registration_id,
        page_id=offer.sales_page_id,
        not_before=offer.offered_at.replace(microsecond=0),
        expires_at=offer.offered_until,
    )
