"""Somebody wants to be told: keep it, and ask by mail whether it was they."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from chassis.db import Tx

from leads import store
from leads.answers import check_answers
from leads.models import Confirmation, MirroredPage, Purpose, Registration

CONFIRM_REGISTRATION = "confirm-registration"
ASK_AGAIN_AFTER = timedelta(minutes=10)
MOST_ASKED_A_DAY = 5
MOST_ASKED_OF_ALL = 10
"""Mails to one address in a day: about one page and purpose, and about all pages together."""


@dataclass(frozen=True)
class Applicant:
    email: str
    name: str | None = None
    custom_fields: Mapping[str, Any] = field(default_factory=dict)
    source: str | None = None


async def register_lead(tx: Tx, page: MirroredPage, applicant: Applicant) -> None:
    """Returns nothing, whether the address is known or not: nobody learns who registered.

    Raises PageUnknown, RegistrationClosed, AnswersRefused.
    """
    now = tx.clock.now()
    sold_out = page.takes_waiting_list and await store.is_sold_out(tx.session, page.id)
    purpose = page.purpose_at(now, sold_out=sold_out)
    answers = check_answers(page.form, applicant.custom_fields)
    registration = await store.registered(
        tx.session,
        Registration(
            sales_page_id=page.id,
            email=applicant.email,
            name=applicant.name,
            custom_fields=answers,
            registered_at=now,
            source=applicant.source,
        ),
    )
    registration.answer_again(applicant.name, answers)
    if registration.lacks(purpose) and await _may_be_asked(tx, registration, purpose):
        await _ask_to_confirm(tx, registration, purpose)


async def _may_be_asked(tx: Tx, registration: Registration, purpose: Purpose) -> bool:
    """A stranger's address is not to be flooded."""
    now = tx.clock.now()
    yesterday = now - timedelta(days=1)
    asked = (await tx.session.scalars(store.asked_since(registration.id, purpose, yesterday))).all()
    of_all = await tx.session.scalar(store.asked_by_mail(registration.email, yesterday)) or 0
    again_too_soon = bool(asked) and asked[0] > now - ASK_AGAIN_AFTER
    return len(asked) < MOST_ASKED_A_DAY and of_all < MOST_ASKED_OF_ALL and not again_too_soon


async def _ask_to_confirm(tx: Tx, registration: Registration, purpose: Purpose) -> None:
    """Each purpose anew: a stranger who knows the address puts nobody on a list."""
    confirmation = Confirmation(registration_id=registration.id, purpose=purpose, asked_at=tx.clock.now())
    tx.session.add(confirmation)
    await tx.owe_mail(CONFIRM_REGISTRATION, confirmation.id)
