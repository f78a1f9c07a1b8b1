"""What a buyer can do with an open Checkout Session: pay, be declined, authenticate, or pay later.

Each story is one function; the hosted page and the control API are two ways to tell it.
"""

from dataclasses import dataclass

from stripe_sandbox import payments
from stripe_sandbox.books import Books
from stripe_sandbox.errors import Json
from stripe_sandbox.events import tell
from stripe_sandbox.params import merged
from stripe_sandbox.sessions import current


class NotOpen(Exception):
    """The session has been completed or has expired; `status` says which."""

    def __init__(self, status: str) -> None:
        super().__init__(f"the session is {status}")
        self.status = status


class NotOffered(Exception):
    """What was asked does not fit the session: its method, or the state of its payment."""


@dataclass(frozen=True)
class Buyer:
    """What the buyer typed; a session's own `customer_email` wins."""

    email: str | None = None
    name: str | None = None


def open_session(books: Books, identifier: str) -> Json:
    """The session, if it can be paid at this moment."""
    session = current(books, identifier)
    if session["status"] != "open":
        raise NotOpen(session["status"])
    return session


def pay(books: Books, identifier: str, buyer: Buyer) -> Json:
    """The card is charged at once; answers the completed session."""
    session = open_session(books, identifier)
    _note(session, buyer)
    if session["amount_total"] == 0:
        return _complete(books, session, "no_payment_required")
    return _charge(books, session, payments.card())


def _charge(books: Books, session: Json, method: Json) -> Json:
    intent = _intent(books, session)
    charge = payments.new_charge(books, intent, method, session["customer_details"], "succeeded")
    payments.succeed(books, intent, charge)
    return _complete(books, session, "paid")


def decline(books: Books, identifier: str, buyer: Buyer) -> Json:
    """The bank says no; the session stays open for another try."""
    session = open_session(books, identifier)
    _note(session, buyer)
    intent = _intent(books, session)
    charge = payments.new_charge(books, intent, payments.card(), session["customer_details"], "failed")
    payments.fail(books, intent, charge, "card_declined")
    return books.put(session)


def authenticate(books: Books, identifier: str, buyer: Buyer) -> Json:
    """The bank asks the buyer to confirm on its page."""
    session = open_session(books, identifier)
    _note(session, buyer)
    intent = _intent(books, session)
    url = f"{books.config.public_url}/c/pay/{session['id']}/authenticate"
    intent["status"] = "requires_action"
    intent["next_action"] = {"redirect_to_url": {"return_url": session["url"], "url": url}, "type": "redirect_to_url"}
    tell(books, "payment_intent.requires_action", books.put(intent))
    return books.put(session)


def _challenged(books: Books, identifier: str) -> tuple[Json, Json]:
    """The session and the payment that waits for the buyer's confirmation."""
    session = open_session(books, identifier)
    intent = books.store.get(session["payment_intent"] or "")
    if intent is None or intent["status"] != "requires_action":
        raise NotOffered("no authentication is waiting")
    return session, intent


def approve(books: Books, identifier: str) -> Json:
    """The buyer confirmed at the bank."""
    session, _ = _challenged(books, identifier)
    return _charge(books, session, payments.card(authenticated=True))


def refuse(books: Books, identifier: str) -> Json:
    """The buyer did not confirm; the session stays open."""
    session, intent = _challenged(books, identifier)
    payments.fail(books, intent, None, "payment_intent_authentication_failure")
    return session


def delay(books: Books, identifier: str, seconds: float) -> Json:
    """The bank takes its time: approved by itself after some seconds, unless the session expires first."""
    session, intent = _challenged(books, identifier)
    intent["_approval_at"] = books.clock() + seconds
    books.put(intent)
    books.schedule(intent["_approval_at"], "approve", session["id"])
    return session


def approval_pending(books: Books, session: Json) -> bool:
    """Whether a delayed approval is on its way."""
    intent = books.store.get(session["payment_intent"] or "")
    return intent is not None and intent["status"] == "requires_action" and "_approval_at" in intent


def pay_later(books: Books, identifier: str, buyer: Buyer) -> Json:
    """Complete the session with a method whose money arrives later: complete, but unpaid until `settle`."""
    session = open_session(books, identifier)
    kind = next((method for method in session["payment_method_types"] if method != "card"), None)
    if kind is None or session["amount_total"] == 0:
        raise NotOffered("this session offers no method that pays later")
    _note(session, buyer)
    intent = _intent(books, session)
    charge = payments.new_charge(books, intent, payments.bank(kind), session["customer_details"], "pending")
    intent["status"] = "processing"
    tell(books, "payment_intent.processing", books.put(intent))
    tell(books, "charge.pending", books.put(charge))
    return _complete(books, session, "unpaid")


def settle(books: Books, identifier: str, succeeded: bool) -> Json:
    """The money of a `pay_later` arrived, or never will."""
    session = current(books, identifier)
    intent = books.store.get(session["payment_intent"] or "")
    if intent is None or intent["status"] != "processing":
        raise NotOffered("no payment of this session is on its way")
    charge = books.need("charge", intent["latest_charge"])
    if succeeded:
        payments.succeed(books, intent, charge)
        session["payment_status"] = "paid"
    else:
        payments.fail(books, intent, charge, "payment_intent_payment_attempt_failed")
    outcome = "succeeded" if succeeded else "failed"
    tell(books, f"checkout.session.async_payment_{outcome}", books.put(session))
    return session


def _note(session: Json, buyer: Buyer) -> None:
    """Write down who pays."""
    details = session["customer_details"] or {"address": None, "phone": None, "tax_exempt": "none", "tax_ids": []}
    email = session["customer_email"] or buyer.email
    blank = {"business_name": None, "individual_name": None}
    session["customer_details"] = {**blank, **details, "email": email, "name": buyer.name}


def _intent(books: Books, session: Json) -> Json:
    """The session's PaymentIntent: made at the first attempt, used again by the next ones."""
    if session["payment_intent"]:
        return books.need("payment_intent", session["payment_intent"])
    data: Json = dict(session["_payment_intent_data"])
    data["metadata"] = merged({}, data.get("metadata", {}))
    if transfer := data.get("transfer_data"):
        data["transfer_data"] = {"amount": None, **transfer}
    own = {name: session[name] for name in ("currency", "payment_method_types")}
    intent = payments.new_intent(books, {**own, "amount": session["amount_total"], **data})
    session["payment_intent"] = intent["id"]
    return intent


def _complete(books: Books, session: Json, payment_status: str) -> Json:
    session |= {"payment_status": payment_status, "status": "complete", "url": None}
    tell(books, "checkout.session.completed", books.put(session))
    return session
