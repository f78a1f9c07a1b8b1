"""PaymentIntents and Charges: what becomes of money once a buyer has confirmed."""

from typing import Any

from stripe_sandbox import transfers
from stripe_sandbox.balance import book
from stripe_sandbox.books import Books, fresh, new_id
from stripe_sandbox.errors import DOCS, Json
from stripe_sandbox.events import tell
from stripe_sandbox.listing import lister
from stripe_sandbox.operations import Asked, Operation, accepts, retrieve
from stripe_sandbox.params import Kind, Metadata, Text, merged

DECLINES = {
    "card_declined": "Your card was declined.",
    "payment_intent_authentication_failure": (
        "We are unable to authenticate your payment method. Please choose a different payment method and try again."
    ),
    "payment_intent_payment_attempt_failed": "The payment failed.",
}

CARD: Json = {
    "amount_authorized": None,
    "authorization_code": None,
    "brand": "visa",
    "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
    "country": "US",
    "exp_month": 12,
    "exp_year": 2034,
    "fingerprint": "sandboxfingerprint",
    "funding": "credit",
    "installments": None,
    "last4": "4242",
    "mandate": None,
    "network": "visa",
    "network_token": {"used": False},
    "three_d_secure": None,
    "wallet": None,
}


def new_intent(books: Books, fields: Json) -> Json:
    """A PaymentIntent that has no payment yet, as Checkout makes it when the buyer first confirms; told."""
    empty: Json = {
        "amount": 0,
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": None,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic_async",
        "client_secret": None,
        "confirmation_method": "automatic",
        "currency": None,
        "customer": None,
        "description": None,
        "last_payment_error": None,
        "latest_charge": None,
        "metadata": {},
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": ["card"],
        "processing": None,
        "receipt_email": None,
        "review": None,
        "setup_future_usage": None,
        "shipping": None,
        "source": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "requires_payment_method",
        "transfer_data": None,
        "transfer_group": None,
    }
    intent = fresh(books, "payment_intent", "pi_", empty | fields)
    intent["client_secret"] = intent["id"] + new_id("_secret_", 25)
    if intent["transfer_data"] and not intent["transfer_group"]:
        intent["transfer_group"] = f"group_{intent['id']}"
    tell(books, "payment_intent.created", books.put(intent))
    return intent


def new_charge(books: Books, intent: Json, method: Json, buyer: Json, status: str) -> Json:
    """A Charge of the whole intent, not yet written; it becomes the intent's latest.

    While it is pending it says captured, as Stripe's do: only the intent says what was received.
    """
    captured = status in {"succeeded", "pending"}
    charge = fresh(books, "charge", "ch_" if method["type"] == "card" else "py_", {
        **{name: intent[name] for name in FROM_INTENT},
        "amount_captured": intent["amount"] if captured else 0,
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "balance_transaction": None,
        "billing_details": {"address": None, "email": buyer["email"], "name": buyer["name"], "phone": None,
                            "tax_id": None},
        "calculated_statement_descriptor": "SANDBOX",
        "captured": captured,
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "fraud_details": {},
        "outcome": _outcome(declined=False),
        "paid": status == "succeeded",
        "payment_intent": intent["id"],
        "payment_method": new_id("pm_"),
        "payment_method_details": method,
        "radar_options": {},
        "receipt_number": None,
        "refunded": False,
        "review": None,
        "shipping": None,
        "source": None,
        "source_transfer": None,
        "status": status,
        "transfer": None,
    })  # fmt: skip
    charge["receipt_url"] = f"{books.config.public_url}/receipts/{charge['id']}"
    intent |= {"latest_charge": charge["id"], "payment_method": charge["payment_method"]}
    return charge


FROM_INTENT = (
    "amount",
    "application_fee_amount",
    "currency",
    "customer",
    "description",
    "metadata",
    "on_behalf_of",
    "receipt_email",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_data",
    "transfer_group",
)


def card(authenticated: bool = False) -> Json:
    """Payment method details of the test card, with or without 3-D Secure."""
    three_d_secure: Json | None = None
    if authenticated:
        three_d_secure = {"authentication_flow": "challenge", "result": "authenticated", "version": "2.2.0"}
    return {"card": {**CARD, "three_d_secure": three_d_secure}, "type": "card"}


def bank(kind: str) -> Json:
    """Payment method details of a method whose money comes later."""
    return {kind: {"last4": "3000"}, "type": kind}


def _outcome(declined: bool) -> Json:
    words = (
        ("declined_by_network", "generic_decline", "issuer_declined",
         "The bank did not return any further details with this decline.")
        if declined
        else ("approved_by_network", None, "authorized", "Payment complete.")
    )  # fmt: skip
    names = ("network_status", "reason", "type", "seller_message")
    return dict(zip(names, words, strict=True)) | {"risk_level": "normal", "risk_score": 20}


def succeed(books: Books, intent: Json, charge: Json) -> None:
    """The money is there: charge captured, share passed on, all of it told."""
    intent |= {
        "amount_received": intent["amount"],
        "last_payment_error": None,
        "next_action": None,
        "processing": None,
        "status": "succeeded",
    }
    charge |= {"amount_captured": charge["amount"], "captured": True, "paid": True, "status": "succeeded"}
    charge["balance_transaction"] = book(books, "charge", charge, charge["amount"], charge["currency"])["id"]
    transfers.share(books, charge)
    tell(books, "charge.succeeded", books.put(charge))
    tell(books, "payment_intent.succeeded", books.put(intent))


def fail(books: Books, intent: Json, charge: Json | None, code: str) -> None:
    """The attempt failed; the intent waits for another. An attempt that failed to authenticate has no charge."""
    message = DECLINES[code]
    error: dict[str, Any] = {
        "code": code,
        "doc_url": DOCS + code.replace("_", "-"),
        "message": message,
        "type": "card_error" if code == "card_declined" else "invalid_request_error",
    }
    if charge:
        charge |= {"failure_code": code, "failure_message": message, "paid": False, "status": "failed"}
        charge |= {"outcome": _outcome(declined=True), "captured": False, "amount_captured": 0}
        error["charge"] = charge["id"]
        tell(books, "charge.failed", books.put(charge))
    if code == "card_declined":
        error["decline_code"] = "generic_decline"
    intent |= {"last_payment_error": error, "next_action": None, "processing": None, "payment_method": None}
    intent["status"] = "requires_payment_method"
    tell(books, "payment_intent.payment_failed", books.put(intent))


def cancel(books: Books, intent: Json) -> None:
    """What becomes of an intent whose session expired."""
    intent |= {"canceled_at": books.now(), "cancellation_reason": "expired", "next_action": None, "status": "canceled"}
    tell(books, "payment_intent.canceled", books.put(intent))


def _updater(kind: str) -> Operation:
    """Only the change of a charge is told: Stripe has no event for an intent's."""

    def handle(books: Books, asked: Asked) -> Json:
        thing = books.need(kind, asked.id, kind)
        before: Json = {name: thing[name] for name in ("description", "metadata") if name in asked.params}
        if "metadata" in asked.params:
            thing["metadata"] = merged(thing["metadata"], asked.params["metadata"])
        if "description" in asked.params:
            thing["description"] = asked.params["description"] or None
        if kind == "charge" and before:
            tell(books, "charge.updated", thing, previous=before)
        return books.put(thing)

    fields: dict[str, Kind] = {"description": Text(may_be_empty=True), "metadata": Metadata()}
    return Operation("POST", f"/v1/{kind}s/{{id}}", handle, accepts(fields))


OPERATIONS = [
    retrieve("/v1/payment_intents/{id}", "payment_intent", "intent"),
    lister("/v1/payment_intents", "payment_intent", {"customer": Text()}),
    _updater("payment_intent"),
    retrieve("/v1/charges/{id}", "charge", "charge"),
    lister("/v1/charges", "charge", {"payment_intent": Text(), "transfer_group": Text()}),
    _updater("charge"),
]
