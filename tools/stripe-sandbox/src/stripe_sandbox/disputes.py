"""Disputes: opened and decided on demand, answered with evidence through the API.

Source: Stripe, API reference, Disputes; How disputes work. An inquiry (`warning_*`) withdraws no money.
"""

from stripe_sandbox.balance import book
from stripe_sandbox.books import Books, fresh, shown
from stripe_sandbox.errors import Json, Refusal
from stripe_sandbox.events import tell
from stripe_sandbox.listing import BY_PAYMENT, lister
from stripe_sandbox.operations import Asked, Operation, accepts, retrieve
from stripe_sandbox.params import Anything, Choice, Flag, Hash, Kind, Metadata, Text, merged

WEEK = 7 * 24 * 3600

FILES = (
    "cancellation_policy", "customer_communication", "customer_signature", "duplicate_charge_documentation", "receipt",
    "refund_policy", "service_documentation", "shipping_documentation", "uncategorized_file",
)  # fmt: skip
LONG_TEXTS = (
    "access_activity_log", "cancellation_policy_disclosure", "cancellation_rebuttal", "duplicate_charge_explanation",
    "product_description", "refund_policy_disclosure", "refund_refusal_explanation", "uncategorized_text",
)  # fmt: skip
SHORT_TEXTS = (
    "billing_address", "customer_email_address", "customer_name", "customer_purchase_ip", "duplicate_charge_id",
    "service_date", "shipping_address", "shipping_carrier", "shipping_date", "shipping_tracking_number",
)  # fmt: skip
TEXTS = LONG_TEXTS + SHORT_TEXTS

MOST_LONG_TEXT = 20_000
MOST_TEXT = 150_000
MOST_PAGES = 50
CHARACTERS_A_PAGE = 3_000
"""How the sandbox estimates compiled pages; Stripe does not publish its own estimate."""

OPEN = {"needs_response", "warning_needs_response"}
REVIEWED = {"needs_response": "under_review", "warning_needs_response": "warning_under_review"}


def open_dispute(books: Books, charge: Json, amount: int | None = None, reason: str = "fraudulent",
                 inquiry: bool = False) -> Json:  # fmt: skip
    """The buyer's bank disputes a charge: money withdrawn, unless it only inquires."""
    dispute = fresh(books, "dispute", "du_", {
        "amount": amount or charge["amount"],
        "balance_transactions": [],
        "charge": charge["id"],
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": dict.fromkeys(sorted(FILES + TEXTS)) | {"enhanced_evidence": {}},
        "evidence_details": {"due_by": books.now() + WEEK, "enhanced_eligibility": {}, "has_evidence": False,
                             "past_due": False, "submission_count": 0},
        "is_charge_refundable": inquiry,
        "metadata": {},
        "network_reason_code": "10.4",
        "payment_intent": charge["payment_intent"],
        "payment_method_details": {"card": {"brand": "visa", "case_type": "inquiry" if inquiry else "chargeback",
                                            "network_reason_code": "10.4"}, "type": "card"},
        "reason": reason,
        "status": "warning_needs_response" if inquiry else "needs_response",
    })  # fmt: skip
    charge |= {"disputed": True, "_charged_back": not inquiry}
    books.put(charge)
    tell(books, "charge.dispute.created", books.put(dispute))
    if not inquiry:
        _move(books, dispute, -dispute["amount"], "funds_withdrawn")
    return dispute


def _move(books: Books, dispute: Json, amount: int, event: str) -> None:
    words = f"Chargeback {event.removeprefix('funds_')} for {dispute['charge']}"
    transaction = book(books, "adjustment", dispute, amount, dispute["currency"], words)
    dispute["balance_transactions"].append(shown(transaction))
    tell(books, f"charge.dispute.{event}", books.put(dispute))


def decide(books: Books, dispute: Json, outcome: str) -> Json:
    """`won` (money comes back), `lost`, or for an inquiry `warning_closed`."""
    if dispute["status"] not in OPEN | set(REVIEWED.values()):
        raise Refusal("This dispute is already closed")
    inquiry = dispute["status"].startswith("warning_")
    if (outcome == "warning_closed") is not inquiry:
        raise Refusal(f"A dispute with a status of {dispute['status']} cannot become {outcome}.")
    dispute["status"] = outcome
    if outcome == "won":
        charge = books.need("charge", dispute["charge"])
        books.put(charge | {"_charged_back": False})
        _move(books, dispute, dispute["amount"], "funds_reinstated")
    tell(books, "charge.dispute.closed", books.put(dispute))
    return dispute


def escalate(books: Books, dispute: Json) -> Json:
    """An inquiry becomes a chargeback, and the money is withdrawn."""
    if not dispute["status"].startswith("warning_") or dispute["status"] == "warning_closed":
        raise Refusal("Only an open inquiry can be escalated.")
    dispute |= {"status": "needs_response", "is_charge_refundable": False}
    dispute["payment_method_details"]["card"]["case_type"] = "chargeback"
    charge = books.need("charge", dispute["charge"])
    books.put(charge | {"_charged_back": True})
    tell(books, "charge.dispute.updated", books.put(dispute))
    _move(books, dispute, -dispute["amount"], "funds_withdrawn")
    return dispute


def _update(books: Books, asked: Asked) -> Json:
    """Evidence goes to the bank unless `submit` is false, which only stages it; metadata alone submits nothing."""
    dispute, params = books.need("dispute", asked.id, "dispute"), asked.params
    if dispute["status"] not in OPEN and ("evidence" in params or "submit" in params):
        raise Refusal("This dispute is already closed or its evidence was already submitted; it cannot be updated.")
    if "metadata" in params:
        dispute["metadata"] = merged(dispute["metadata"], params["metadata"])
    if "evidence" in params:
        _take(books, dispute, params["evidence"])
    if params.get("submit", "evidence" in params):
        dispute["evidence_details"]["submission_count"] += 1
        dispute["status"] = REVIEWED[dispute["status"]]
    tell(books, "charge.dispute.updated", books.put(dispute))
    return dispute


def _take(books: Books, dispute: Json, given: Json) -> None:
    """Stage evidence: empty values take theirs away."""
    evidence = dispute["evidence"] | {name: value or None for name, value in given.items()}
    files = [_file(books, evidence[name], name) for name in FILES if evidence[name]]
    texts = [evidence[name] for name in TEXTS if evidence[name]]
    length = sum(map(len, texts))
    if length > MOST_TEXT:
        raise Refusal(
            f"The combined character count of all evidence fields is {length}; it can be at most {MOST_TEXT}.",
            param="evidence",
        )
    pages = -(-length // CHARACTERS_A_PAGE) + sum(file["_pages"] for file in files)
    if pages > MOST_PAGES and books.cause.api_version[:10] >= "2026-09-30":
        raise Refusal(
            f"The evidence compiles to about {pages} pages; the network accepts at most {MOST_PAGES}.",
            code="dispute_evidence_page_limit_exceeded",
            param="evidence",
        )
    dispute["evidence"] = evidence
    dispute["evidence_details"]["has_evidence"] = bool(files or texts)


def _file(books: Books, identifier: str, field: str) -> Json:
    file = books.store.get(identifier)
    if file is None or file["object"] != "file":
        raise Refusal(f"No such file: '{identifier}'", code="resource_missing", param=f"evidence[{field}]")
    return file


def _close(books: Books, asked: Asked) -> Json:
    dispute = books.need("dispute", asked.id, "dispute")
    if dispute["status"] not in OPEN:
        raise Refusal("This dispute is already closed")
    return decide(books, dispute, "warning_closed" if dispute["status"].startswith("warning_") else "lost")


def warn(books: Books, charge: Json) -> Json:
    """An early fraud warning: the card network suspects, nobody has disputed yet."""
    warning = fresh(books, "radar.early_fraud_warning", "issfr_", {
        "actionable": not charge["refunded"] and not charge["disputed"],
        "charge": charge["id"],
        "fraud_type": "unauthorized_use_of_card",
        "payment_intent": charge["payment_intent"],
    })  # fmt: skip
    tell(books, "radar.early_fraud_warning.created", books.put(warning))
    return warning


_EVIDENCE: dict[str, Kind] = {
    **dict.fromkeys(LONG_TEXTS, Text(MOST_LONG_TEXT, may_be_empty=True)),
    **dict.fromkeys(SHORT_TEXTS + FILES, Text(may_be_empty=True)),
    "appeal": Anything(),
    "enhanced_evidence": Anything(),
}

_UPDATE: dict[str, Kind] = {
    "evidence": Hash(_EVIDENCE),
    "intended_submission_method": Choice(("manual", "prefer_manual", "prefer_smart_disputes", "smart_disputes")),
    "metadata": Metadata(),
    "submit": Flag(),
}

OPERATIONS = [
    Operation("POST", "/v1/disputes/{id}", _update, accepts(_UPDATE)),
    Operation("POST", "/v1/disputes/{id}/close", _close, accepts()),
    retrieve("/v1/disputes/{id}", "dispute", "dispute"),
    lister("/v1/disputes", "dispute", BY_PAYMENT),
    retrieve("/v1/radar/early_fraud_warnings/{id}", "radar.early_fraud_warning", "early_fraud_warning"),
    lister("/v1/radar/early_fraud_warnings", "radar.early_fraud_warning", BY_PAYMENT),
]
