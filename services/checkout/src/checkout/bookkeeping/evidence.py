"""What a buyer's bank is shown in a dispute: who bought what, and what was granted and downloaded when.

Source: Stripe, Dispute evidence: 150,000 characters in all texts, 4.5 MB in all files, 50 pages (19 for some cards).
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from chassis import pdf
from chassis.pdf import Section
from contracts.delivery import DownloadOutcome
from contracts.money import exponent

from checkout.models import AccessFact, AccessKind, CustomerContact, Dispute, Order
from checkout.store import AccessLog, Sold

OUTCOMES = {
    DownloadOutcome.GRANTED.value: "downloaded",
    DownloadOutcome.RESUMED.value: "download resumed",
    DownloadOutcome.STORAGE_FAILED.value: "download failed on our side",
}


@dataclass(frozen=True)
class Extent:
    """How much of it is shown: rows of the log, and whether the seller's word stands in the document too."""

    rows_in_text: int
    rows_in_document: int
    explained_in_document: bool


FULL = Extent(rows_in_text=100, rows_in_document=400, explained_in_document=True)
"""Some eight pages of rows."""
BRIEF = Extent(rows_in_text=20, rows_in_document=20, explained_in_document=False)
"""For a dispute that other evidence, added in Stripe's dashboard, has filled: a page of text and one of document."""


@dataclass(frozen=True)
class Case:
    """All that is known of a disputed order."""

    dispute: Dispute
    order: Order
    sold: Sold
    buyer: CustomerContact | None
    access: AccessLog
    explanation: str | None


def texts(case: Case, extent: Extent) -> dict[str, str]:
    """By Stripe's names of evidence; only what is known."""
    known = {
        "access_activity_log": activity_log(case.access, extent.rows_in_text),
        "product_description": f"Digital download: {case.sold.product.name}, by {case.sold.creator.name}.",
        "service_date": case.order.paid_at.date().isoformat() if case.order.paid_at else None,
        "customer_email_address": case.buyer.email if case.buyer else None,
        "customer_name": case.buyer.name if case.buyer else None,
        "uncategorized_text": case.explanation,
    }
    return {name: value for name, value in known.items() if value}


def activity_log(access: AccessLog, most: int) -> str:
    """A line a fact, in the order in which they happened; the first and the last of very many."""
    rows = [f"{when}  {what}{f'  ({agent})' if agent else ''}" for when, what, agent in _rows(access, most)]
    return "\n".join(rows or ["No access was recorded."])


def document(case: Case, now: datetime, extent: Extent) -> bytes:
    """The same, and the order, as PDF."""
    order, sold = case.order, case.sold
    facts = Section(
        "Order",
        lines=[
            f"Order: {order.id}",
            f"Product: {sold.product.name} (digital download), by {sold.creator.name}",
            f"Paid: {_money(order.amount_paid, order.currency)} on {_instant(order.paid_at or order.created_at)}",
            f"Refunded: {_money(order.amount_refunded, order.currency)}",
            f"Payment: {order.payment_id}; dispute: {case.dispute.stripe_dispute_id} ({case.dispute.reason})",
            f"Buyer: {_buyer(case.buyer)}",
        ],
    )
    log = Section(
        "Access to the file",
        lines=[] if case.access.total else ["No access was recorded."],
        columns=("When (UTC)", "What happened", "With"),
        rows=_rows(case.access, extent.rows_in_document),
        widths=(3, 5, 3),
    )
    said = case.explanation.splitlines() if case.explanation and extent.explained_in_document else []
    word = [Section("What the seller says", lines=said)] if said else []
    return pdf.document(f"Evidence for order {order.id}", [facts, log, *word], at=now)


def _rows(access: AccessLog, most: int) -> list[tuple[str, str, str]]:
    if access.total <= most:
        return list(map(_row, access.first))
    left_out = ("", f"{access.total - most} more, left out here", "")
    return [*map(_row, access.first[: most // 2]), left_out, *map(_row, access.last[-most // 2 :])]


def _row(fact: AccessFact) -> tuple[str, str, str]:
    return _instant(fact.at), _what(fact), fact.user_agent_family or ""


def _what(fact: AccessFact) -> str:
    outcome = fact.outcome or ""
    if fact.kind is AccessKind.ATTEMPTED:
        return OUTCOMES.get(outcome, f"download {outcome.replace('_', ', ')}")
    words = {
        AccessKind.GRANTED: "access granted",
        AccessKind.EXHAUSTED: "all downloads used",
        AccessKind.REVOKED: "access ended" + (f", {outcome}" if outcome else ""),
    }
    return words[fact.kind]


def _buyer(buyer: CustomerContact | None) -> str:
    return f"{buyer.name or ''} <{buyer.email}>".strip() if buyer else "not known any more"


def _money(amount: int, currency: str) -> str:
    digits = exponent(currency)
    return f"{amount / 10**digits:.{digits}f} {currency}"


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
