"""Answer a dispute: gather what is known of the order and its downloads, and hand it to Stripe.

What makes too many pages together with evidence that is there already is handed over again in brief.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.db import Database
from chassis.errors import NotFound
from sqlmodel import select

from checkout import store
from checkout.bookkeeping import evidence
from checkout.bookkeeping.evidence import BRIEF, FULL, Case, Extent
from checkout.errors import DisputeDecided, EvidenceRefused, EvidenceSubmitted, PaymentProviderUnavailable
from checkout.models import CustomerContact, Dispute, DisputeStage, Order
from checkout.ports import EvidenceRequest, Payments, ProviderRefused, ProviderUnavailable

TOO_MANY_PAGES = "dispute_evidence_page_limit_exceeded"
"""Stripe's word, since its API of 2026-09-30."""


@dataclass(frozen=True)
class Answer:
    """With `submit` it goes to the bank, once and for all; else it stays at Stripe for a person to look at."""

    creator_id: UUID
    dispute_id: UUID
    explanation: str | None
    submit: bool


async def submit_evidence(db: Database, payments: Payments, answer: Answer) -> tuple[Dispute, dict[str, str]]:
    """The dispute and the texts that Stripe has now.

    Raises NotFound, DisputeDecided, EvidenceSubmitted, EvidenceRefused or PaymentProviderUnavailable.
    """
    case = await gather(db, answer)
    try:
        texts = await _hand_over(payments, case, answer.submit, db.clock.now())
    except ProviderRefused as refused:
        raise EvidenceRefused(code=refused.code) from refused
    except ProviderUnavailable as unavailable:
        raise PaymentProviderUnavailable from unavailable
    dispute = await _record(db, case.dispute.id) if answer.submit else case.dispute
    return dispute, texts


async def _hand_over(payments: Payments, case: Case, submit: bool, now: datetime) -> dict[str, str]:
    """The texts that Stripe has taken."""
    full = _request(case, submit, now, FULL)
    try:
        await payments.submit_evidence(full)
    except ProviderRefused as refused:
        if refused.code != TOO_MANY_PAGES:
            raise
        brief = _request(case, submit, now, BRIEF)
        await payments.submit_evidence(brief)
        return brief.texts
    return full.texts


def _request(case: Case, submit: bool, now: datetime, extent: Extent) -> EvidenceRequest:
    return EvidenceRequest(
        dispute_id=case.dispute.stripe_dispute_id,
        texts=evidence.texts(case, extent),
        document=evidence.document(case, now, extent),
        submit=submit,
    )


async def gather(db: Database, answer: Answer) -> Case:
    """From what is kept here: nobody else is asked."""
    async with db.reading() as reading:
        dispute = await reading.get(Dispute, answer.dispute_id)
        order = await reading.get(Order, dispute.order_id) if dispute else None
        if dispute is None or order is None or order.creator_id != answer.creator_id:
            raise NotFound
        _check_open(dispute)
        buyer = await reading.get(CustomerContact, order.customer_id)
        access = await store.access_of(reading, order.id, FULL.rows_in_document)
        return Case(dispute, order, await store.sold(reading, order), buyer, access, answer.explanation)


def _check_open(dispute: Dispute) -> None:
    if dispute.stage == DisputeStage.CLOSED:
        raise DisputeDecided
    if dispute.evidence_submitted_at is not None:
        raise EvidenceSubmitted


async def _record(db: Database, dispute_id: UUID) -> Dispute:
    async with db.transaction() as tx:
        query = select(Dispute).where(Dispute.id == dispute_id).with_for_update()
        dispute = (await tx.session.exec(query)).one()
        dispute.evidence_submitted_at = dispute.evidence_submitted_at or tx.clock.now()
        await tx.log_security("evidence-submitted", dispute.id)
    return dispute
