"""An order's evidence as PDF: for people in a bank, who know nothing of this system."""

from collections.abc import Iterator
from datetime import UTC, datetime

from chassis.pdf import Section, document
from storefront.formats import money

from delivery.models import DownloadGrant, OrderEvent
from delivery.use_cases.gather_evidence import Evidence, SeenAttempt

WORDS = {
    "granted": "download allowed, and counted",
    "resumed": "continued or repeated within 10 minutes",
    "refused_expired": "refused: access had ended",
    "refused_exhausted": "refused: every download was used",
    "refused_revoked": "refused: access was withdrawn",
    "refused_address": "refused: another address than at first",
    "storage_failed": "file could not be served: the one before is not counted",
}


def of(evidence: Evidence) -> bytes:
    sections = [
        _order(evidence),
        *map(_grant, evidence.grants),
        _attempts(evidence),
        _events(evidence),
        _chain(evidence),
    ]
    return document(f"Evidence of delivery: order {evidence.order_id}", sections, at=evidence.gathered_at)


def instant(at: datetime | None) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC") if at else "-"


def _order(evidence: Evidence) -> Section:
    return Section("Order", list(_order_lines(evidence)))


def _order_lines(evidence: Evidence) -> Iterator[str]:
    yield f"Number: {evidence.order_id}"
    if evidence.events:
        order = evidence.events[-1].data
        yield f"Paid: {money(order['amountPaid'], order['currency'])}, of which {_returned(order)} went back"
        yield f"Payment at Stripe: {order.get('paymentId') or 'none, the order was free'}"
        yield f"State: {order['status']}"
    if evidence.product is not None:
        yield f"Product: {evidence.product.name} (file {evidence.product.file_name})"
    yield f"Gathered: {instant(evidence.gathered_at)}"


def _returned(order: dict[str, int]) -> str:
    return money(order["amountRefunded"], str(order["currency"]))


def _grant(grant: DownloadGrant) -> Section:
    lines = [
        f"{grant.attempts_used} of {grant.attempts_allowed} downloads used",
        f"Given {instant(grant.issued_at)}, open until {instant(grant.expires_at)}",
        f"First downloaded: {instant(grant.first_used_at)}",
    ]
    if grant.revoked_at is not None:
        lines.append(f"Withdrawn {instant(grant.revoked_at)}: {grant.reason}")
    return Section("Access given to the buyer", lines)


def _attempts(evidence: Evidence) -> Section:
    omitted = f"{evidence.attempts_omitted} older ones are not shown." if evidence.attempts_omitted else ""
    return Section(
        "Downloads, each by the holder of the secret link that the buyer alone was sent",
        [omitted] if omitted else [],
        ("When", "What", "From (kept for 30 days)", "With"),
        [_attempt(seen) for seen in evidence.attempts],
        (3, 5, 3, 2),
    )


def _attempt(seen: SeenAttempt) -> tuple[str, ...]:
    attempt = seen.attempt
    return instant(attempt.at), WORDS[attempt.outcome], seen.address or "-", attempt.user_agent_family


def _events(evidence: Evidence) -> Section:
    rows = [_event(event) for event in evidence.events]
    return Section("What the order went through", (), ("When", "What", "State", "Digest"), rows, (3, 3, 2, 4))


def _event(event: OrderEvent) -> tuple[str, ...]:
    return instant(event.occurred_at), event.type.split(".")[2], event.data["status"], event.digest


def _chain(evidence: Evidence) -> Section:
    chain = evidence.chain
    whole = "whole" if chain.first_broken is None else f"broken at event {chain.first_broken}"
    lines = [
        "Each event was recorded with a digest (SHA-256) over the one before it, and cannot be altered unnoticed.",
        f"The chain of {chain.length} events is {whole}. Its head: {chain.head}",
    ]
    return Section("The record", lines)
