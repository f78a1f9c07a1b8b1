"""Refunds, whole or in part, with the shares of a destination charge taken back in proportion.

Source: Stripe, API reference, Refunds; Connect, Create destination charges, Refunds.
"""

from stripe_sandbox import transfers
from stripe_sandbox.balance import book
from stripe_sandbox.books import Books, fresh
from stripe_sandbox.currencies import shown as money
from stripe_sandbox.errors import Json, Malformed, Refusal
from stripe_sandbox.events import tell
from stripe_sandbox.listing import BY_PAYMENT, lister
from stripe_sandbox.operations import Asked, Operation, accepts, retrieve
from stripe_sandbox.params import Choice, Flag, Integer, Metadata, Text, Unsupported, merged

NEXT_OUTCOME = "refunds.next_outcome"
"""Setting: {"outcome": "pending" | "failed", "times": n} for the next refunds; otherwise they succeed at once."""


def create(books: Books, asked: Asked) -> Json:
    """Refund a charge; `asked.params` as CREATE reads them."""
    params = asked.params
    charge = _refundable(books, params)
    amount = _amount(charge, params)
    if params.get("reverse_transfer") and not charge["transfer"]:
        raise Refusal(
            f"Cannot reverse transfer on charge {charge['id']} because it does not have an associated transfer.",
            param="reverse_transfer",
        )
    if params.get("refund_application_fee") and not charge["application_fee"]:
        raise Refusal(f"Charge {charge['id']} has no application fee to refund.", param="refund_application_fee")
    refund = _refund(books, charge, amount, params)
    _count(charge, amount)
    if params.get("reverse_transfer"):
        refund["transfer_reversal"] = transfers.reverse(books, charge, refund)
    if params.get("refund_application_fee"):
        transfers.refund_fee(books, charge)
    tell(books, "refund.created", books.put(refund))
    tell(books, "charge.refunded", books.put(charge), previous={"amount_refunded": charge["amount_refunded"] - amount})
    if refund["_outcome"] == "failed":
        fail(books, refund)
    return refund


def _refundable(books: Books, params: Json) -> Json:
    """The charge that is meant, if anything of it can be refunded."""
    if "charge" not in params and "payment_intent" not in params:
        raise Malformed("One of the following params should be provided for this request: payment_intent or charge.")
    if "charge" in params:
        charge = books.need("charge", params["charge"], "charge")
    else:
        charge = _charge_of(books, params["payment_intent"])
    if charge["status"] != "succeeded":
        raise Refusal(f"Charge {charge['id']} has not succeeded and cannot be refunded.", param="charge")
    if charge.get("_charged_back"):
        raise Refusal(f"Charge {charge['id']} has been charged back; cannot issue a refund.", code="charge_disputed")
    if charge["refunded"]:
        raise Refusal(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    return charge


def _charge_of(books: Books, identifier: str) -> Json:
    intent = books.need("payment_intent", identifier, "payment_intent")
    if intent["status"] != "succeeded":
        raise Refusal(
            f"This PaymentIntent ({identifier}) does not have a successful charge to refund.", param="payment_intent"
        )
    return books.need("charge", intent["latest_charge"])


def _amount(charge: Json, params: Json) -> int:
    left = charge["amount"] - charge["amount_refunded"]
    amount = int(params.get("amount", left))
    if amount > left:
        currency = charge["currency"]
        bound, of = (left, "unrefunded amount on charge")
        if amount > charge["amount"]:
            bound, of = (charge["amount"], "charge amount")
        raise Refusal(
            f"Refund amount ({money(amount, currency)}) is greater than {of} ({money(bound, currency)})", param="amount"
        )
    return amount


def _refund(books: Books, charge: Json, amount: int, params: Json) -> Json:
    outcome = _next_outcome(books)
    refund = fresh(books, "refund", "re_" if charge["id"].startswith("ch_") else "pyr_", {
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "currency": charge["currency"],
        "destination_details": {"card": {"reference_status": "pending", "reference_type":
            "acquirer_reference_number", "type": "refund"}, "type": "card"},
        "metadata": merged({}, params.get("metadata", {})),
        "payment_intent": charge["payment_intent"],
        "reason": params.get("reason"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "pending" if outcome == "pending" else "succeeded",
        "transfer_reversal": None,
        "_outcome": outcome,
    })  # fmt: skip
    del refund["livemode"]
    if outcome == "pending":
        refund["pending_reason"] = "processing"
    refund["balance_transaction"] = book(books, "refund", refund, -amount, charge["currency"])["id"]
    return refund


def _next_outcome(books: Books) -> str:
    planned = books.store.setting(NEXT_OUTCOME)
    if not planned:
        return "succeeded"
    planned["times"] -= 1
    books.store.set(NEXT_OUTCOME, planned if planned["times"] > 0 else None)
    return str(planned["outcome"])


def _count(charge: Json, amount: int) -> None:
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]


def succeed(books: Books, refund: Json) -> Json:
    """A pending refund reached the buyer."""
    refund["status"] = "succeeded"
    refund.pop("pending_reason", None)
    _tell_update(books, refund)
    return refund


def fail(books: Books, refund: Json, reason: str = "lost_or_stolen_card") -> Json:
    """The buyer's bank sent the money back: to the platform alone, so reversals stay and the charge counts less."""
    back = book(books, "refund_failure", refund, refund["amount"], refund["currency"])
    refund |= {"status": "failed", "failure_reason": reason, "failure_balance_transaction": back["id"]}
    refund.pop("pending_reason", None)
    charge = books.need("charge", refund["charge"])
    _count(charge, -refund["amount"])
    books.put(charge)
    _tell_update(books, refund)
    tell(books, "refund.failed", refund)
    return refund


def _tell_update(books: Books, refund: Json) -> None:
    tell(books, "refund.updated", books.put(refund))
    tell(books, "charge.refund.updated", refund)


def _update(books: Books, asked: Asked) -> Json:
    refund = books.need("refund", asked.id, "refund")
    if "metadata" in asked.params:
        refund["metadata"] = merged(refund["metadata"], asked.params["metadata"])
        _tell_update(books, refund)
    return refund


CREATE = accepts(
    {
        "amount": Integer(1),
        "charge": Text(),
        "currency": Unsupported(),
        "customer": Unsupported(),
        "instructions_email": Text(),
        "metadata": Metadata(),
        "origin": Unsupported(),
        "payment_intent": Text(),
        "reason": Choice(("duplicate", "fraudulent", "requested_by_customer")),
        "refund_application_fee": Flag(),
        "reverse_transfer": Flag(),
    }
)

OPERATIONS = [
    Operation("POST", "/v1/refunds", create, CREATE),
    Operation("POST", "/v1/refunds/{id}", _update, accepts({"metadata": Metadata()})),
    retrieve("/v1/refunds/{id}", "refund", "refund"),
    lister("/v1/refunds", "refund", BY_PAYMENT),
]
