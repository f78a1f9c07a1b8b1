"""The passes that leads signs: for whom, and their windows. Their ids are stable: a mail sent twice bears one pass."""

from chassis.passes import Pass, PassKind

from leads.models import MirroredPage, Registration


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
