"""Stripe's objects and events, read into the words of `ports`. Source: as of stripe_payments."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from checkout.errors import NotAnEvent
from checkout.ports import DisputeFacts, Notice, NoticeKind, PaymentFacts, RefundFacts, SessionFacts

Json = dict[str, Any]

KINDS = {
    "checkout.session.completed": NoticeKind.SESSION,
    "checkout.session.async_payment_succeeded": NoticeKind.SESSION,
    "checkout.session.async_payment_failed": NoticeKind.SESSION,
    "checkout.session.expired": NoticeKind.SESSION,
    "payment_intent.payment_failed": NoticeKind.ATTEMPT_FAILED,
    "charge.refunded": NoticeKind.REFUND,
    "charge.updated": NoticeKind.REFUND,
    "refund.created": NoticeKind.REFUND,
    "refund.updated": NoticeKind.REFUND,
    "refund.failed": NoticeKind.REFUND,
    "charge.dispute.created": NoticeKind.DISPUTE,
    "charge.dispute.updated": NoticeKind.DISPUTE,
    "charge.dispute.closed": NoticeKind.DISPUTE,
}
"""The events that checkout acts on; all others are let pass."""


def read_notice(event: Json) -> Notice | None:
    """What checkout has to know of an event; None when it is not one that it acts on, or not about an order of ours.

    Raises NotAnEvent where it is not of the shape that Stripe documents.
    """
    try:
        return _notice(event)
    except (ArithmeticError, AssertionError, AttributeError, LookupError, OSError, TypeError, ValueError) as error:
        raise NotAnEvent from error


def _notice(event: Json) -> Notice | None:
    kind = KINDS.get(event["type"])
    if kind is None:
        return None
    subject: Json = event["data"]["object"]
    told_at = _instant(event["created"])
    if kind is NoticeKind.SESSION and _order_id(subject) is None:
        return None
    if event["type"] == "charge.updated" and not subject.get("amount_refunded"):
        return None  # told of every charge, mostly of what is no matter here
    return Notice(
        id=event["id"],
        type=event["type"],
        kind=kind,
        created_at=told_at,
        payment_id=_payment_id(kind, subject),
        session=_told(event["type"], subject, told_at) if kind is NoticeKind.SESSION else None,
        dispute=_dispute(subject) if kind is NoticeKind.DISPUTE else None,
    )


def _payment_id(kind: NoticeKind, subject: Json) -> str | None:
    return _id(subject["id"] if kind is NoticeKind.ATTEMPT_FAILED else subject.get("payment_intent"))


def _id(reference: Json | str | None) -> str | None:
    """Of an object that stands there by its id, or expanded."""
    return reference["id"] if isinstance(reference, dict) else reference


def _named(subject: Json, name: str) -> UUID | None:
    """What our metadata names; None where somebody else made it."""
    try:
        return UUID(subject["metadata"][name])
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def _order_id(subject: Json) -> UUID | None:
    return _named(subject, "order_id")


def _session_facts(session: Json, **more: Any) -> SessionFacts:
    order_id = _order_id(session)
    assert order_id is not None, session["id"]
    buyer = session.get("customer_details") or {}
    return SessionFacts(
        id=session["id"],
        order_id=order_id,
        paid=session["status"] == "complete" and session["payment_status"] in {"paid", "no_payment_required"},
        expired=session["status"] == "expired",
        payment_id=_id(session.get("payment_intent")),
        amount=session["amount_total"],
        currency=session["currency"].upper(),
        email=buyer.get("email"),
        name=buyer.get("name"),
        **more,
    )


def _told(kind: str, session: Json, told_at: datetime) -> SessionFacts:
    """By an event: `completed` is told the moment the buyer confirms, the money of some methods days later."""
    return _session_facts(
        session,
        failed=kind == "checkout.session.async_payment_failed",
        committed_at=told_at if kind == "checkout.session.completed" else None,
    )


def retrieved(session: Json) -> SessionFacts:
    """By asking, with the payment intent and its charge, which was made the moment the buyer confirmed."""
    complete = session["status"] == "complete"
    intent = session["payment_intent"] or {}
    charge = intent.get("latest_charge") or {}
    confirmed = _instant(charge["created"] if charge else session["created"]) if complete else None
    unpaid = complete and session["payment_status"] == "unpaid"
    return _session_facts(
        session,
        failed=unpaid and intent.get("status") in {"requires_payment_method", "canceled"},
        committed_at=confirmed,
    )


def payment(intent: Json) -> PaymentFacts | None:
    """Of a payment intent with its charge and transfer; None where it is for no order of ours.

    A charge says captured while its money is still on its way; the intent says what was received.
    """
    order_id = _order_id(intent)
    charge = intent.get("latest_charge") or {}
    transfer = charge.get("transfer") or {"amount": 0, "amount_reversed": 0, "currency": intent["currency"]}
    converted = transfer["currency"] != intent["currency"]
    if order_id is None:
        return None
    return PaymentFacts(
        payment_id=intent["id"],
        order_id=order_id,
        captured=intent["amount_received"],
        refunded=charge.get("amount_refunded", 0),
        to_creator=None if converted else transfer["amount"] - transfer["amount_reversed"],
        currency=intent["currency"].upper(),
    )


def refund(told: Json) -> RefundFacts:
    return RefundFacts(
        id=told["id"],
        refund_id=_named(told, "refund_id"),
        amount=told["amount"],
        status=told["status"],
        failure=told.get("failure_reason"),
        created_at=_instant(told["created"]),
    )


def _dispute(dispute: Json) -> DisputeFacts:
    payment_id = _id(dispute["payment_intent"])
    assert payment_id is not None, dispute["id"]
    due_by = (dispute.get("evidence_details") or {}).get("due_by")
    return DisputeFacts(
        id=dispute["id"],
        payment_id=payment_id,
        amount=dispute["amount"],
        currency=dispute["currency"].upper(),
        reason=dispute["reason"],
        status=dispute["status"],
        created_at=_instant(dispute["created"]),
        due_by=_instant(due_by) if due_by else None,
    )


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
