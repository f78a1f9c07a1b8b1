"""The official SDK as the judge: it verifies every event that is acted on, and knows each error by its class."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import stripe
from stripe_sandbox.testing import CONNECT_SECRET, PLATFORM_SECRET, Running, sdk

Provoke = Callable[[Running], Awaitable[str]]
"""Makes something happen; answers the id of what it happened to."""


async def completed(sandbox: Running) -> str:
    session = await sandbox.session()
    await sandbox.pay(session)
    return session.id


async def expired(sandbox: Running) -> str:
    return (await sandbox.client.v1.checkout.sessions.expire_async((await sandbox.session()).id)).id


def settled(outcome: str) -> Provoke:
    async def provoke(sandbox: Running) -> str:
        session = await sandbox.session()
        await sandbox.pay(session, "later")
        await sandbox.control(f"/sessions/{session.id}/settle", {"outcome": outcome})
        return session.id

    return provoke


async def declined(sandbox: Running) -> str:
    session = await sandbox.session()
    await sandbox.pay(session, "decline")
    again = await sandbox.client.v1.checkout.sessions.retrieve_async(session.id)
    return str(again.payment_intent)


async def charge(sandbox: Running) -> str:
    latest = (await sandbox.paid()).latest_charge
    assert isinstance(latest, stripe.Charge)
    return latest.id


async def refunded_charge(sandbox: Running) -> str:
    paid = await charge(sandbox)
    await sandbox.control(f"/charges/{paid}/refund")
    return paid


async def updated_charge(sandbox: Running) -> str:
    paid = await charge(sandbox)
    await sandbox.client.v1.charges.update_async(paid, params={"description": "Field recordings"})
    return paid


async def refund(sandbox: Running) -> str:
    return str((await sandbox.control(f"/charges/{await charge(sandbox)}/refund"))["id"])


async def failed_refund(sandbox: Running) -> str:
    made = await refund(sandbox)
    await sandbox.control(f"/refunds/{made}/outcome", {"outcome": "failed"})
    return made


async def dispute(sandbox: Running) -> str:
    return str((await sandbox.control(f"/charges/{await charge(sandbox)}/dispute"))["id"])


async def answered_dispute(sandbox: Running) -> str:
    opened = await dispute(sandbox)
    evidence: Any = {"uncategorized_text": "It was downloaded."}
    await sandbox.client.v1.disputes.update_async(opened, params={"evidence": evidence, "submit": True})
    return opened


async def decided_dispute(sandbox: Running) -> str:
    opened = await dispute(sandbox)
    await sandbox.control(f"/disputes/{opened}/decide", {"outcome": "won"})
    return opened


EVENTS: dict[str, Provoke] = {
    "checkout.session.completed": completed,
    "checkout.session.async_payment_succeeded": settled("succeeded"),
    "checkout.session.async_payment_failed": settled("failed"),
    "checkout.session.expired": expired,
    "payment_intent.payment_failed": declined,
    "charge.refunded": refunded_charge,
    "charge.updated": updated_charge,
    "refund.created": refund,
    "refund.updated": failed_refund,
    "refund.failed": failed_refund,
    "charge.dispute.created": dispute,
    "charge.dispute.updated": answered_dispute,
    "charge.dispute.closed": decided_dispute,
}
"""All that checkout acts on."""
CONNECT_EVENTS: dict[str, str] = {"account.updated": "onboard", "account.application.deauthorized": "deauthorize"}
"""All that catalog acts on, and the control that provokes it."""


def verify(sandbox: Running, kind: str, secret: str) -> None:
    """As it came over the wire; and a byte or a secret that is another is noticed."""
    receiver = sandbox.receiver
    body, header = next(
        (body, header)
        for body, header in zip(receiver.bodies[::-1], receiver.signatures[::-1], strict=True)
        if json.loads(body)["type"] == kind
    )
    for judge in (stripe.Webhook.construct_event, sandbox.client.construct_event):
        event = judge(body, header, secret)
        assert (event.type, event.object) == (kind, "event")
        with pytest.raises(stripe.SignatureVerificationError):
            judge(body.replace(b"evt_", b"evt-", 1), header, secret)
        with pytest.raises(stripe.SignatureVerificationError):
            judge(body, header, "whsec_other")


@pytest.mark.parametrize("kind", EVENTS)
async def test_the_sdk_verifies_every_event_of_a_payment(sandbox: Running, kind: str) -> None:
    event = await sandbox.receiver.event(kind, await EVENTS[kind](sandbox))
    assert event.api_version == "2026-10-28.endive"
    verify(sandbox, kind, PLATFORM_SECRET)


@pytest.mark.parametrize("kind", CONNECT_EVENTS)
async def test_the_sdk_verifies_every_event_of_an_account(sandbox: Running, kind: str) -> None:
    made = await sandbox.account(onboarded=False)
    await sandbox.control(f"/accounts/{made.id}/{CONNECT_EVENTS[kind]}")
    told = sandbox.receiver.connect
    await sandbox.receiver.until(lambda: (kind, made.id) in {(event.type, event.account) for event in told})
    verify(sandbox, kind, CONNECT_SECRET)


async def refuse(sandbox: Running, status: int, code: str | None = None) -> None:
    """A request that Stripe answers with that error."""
    path = f"/v1/payment_intents/pi_{status}_{code}"
    fault = {"path": path, "act": False, "answer": "error", "status": status, "code": code}
    await sandbox.control("/faults", fault)
    await sandbox.client.v1.payment_intents.retrieve_async(path.rpartition("/")[2])


async def another_request_under_a_key(sandbox: Running) -> None:
    for description in ("One", "Two"):
        await sandbox.client.v1.accounts.create_async(
            params={"business_profile": {"name": description}}, options={"idempotency_key": "account:sdk:1"}
        )


async def another_key(sandbox: Running) -> None:
    async with sdk("sk_test_somebody_else", sandbox.url) as stranger:
        await stranger.v1.charges.list_async()


async def no_answer(sandbox: Running) -> None:
    await sandbox.control("/faults", {"path": "/v1/charges/ch_lost", "act": False, "answer": "drop"})
    await sandbox.client.v1.charges.retrieve_async("ch_lost")


async def another_account(sandbox: Running) -> None:
    await sandbox.client.v1.accounts.retrieve_async("acct_0")


async def what_is_not_there(sandbox: Running) -> None:
    await sandbox.client.v1.charges.retrieve_async("ch_0")


async def a_wrong_parameter(sandbox: Running) -> None:
    await sandbox.client.v1.refunds.create_async(params={"amount": 0})


IN_USE = "idempotency_key_in_use"
ERRORS: list[tuple[str, Callable[[Running], Awaitable[None]], type[stripe.StripeError], int | None, str | None]] = [
    ("card", lambda s: refuse(s, 402, "card_declined"), stripe.CardError, 402, "card_declined"),
    ("missing", what_is_not_there, stripe.InvalidRequestError, 404, "resource_missing"),
    ("parameter", a_wrong_parameter, stripe.InvalidRequestError, 400, None),
    ("idempotency", another_request_under_a_key, stripe.IdempotencyError, 400, None),
    ("authentication", another_key, stripe.AuthenticationError, 401, None),
    ("permission", another_account, stripe.PermissionError, 403, "account_invalid"),
    ("rate limit", lambda s: refuse(s, 429), stripe.RateLimitError, 429, "rate_limit"),
    ("conflict", lambda s: refuse(s, 409, IN_USE), stripe.APIError, 409, IN_USE),
    ("server", lambda s: refuse(s, 500), stripe.APIError, 500, None),
    ("unavailable", lambda s: refuse(s, 503), stripe.APIError, 503, None),
    ("connection", no_answer, stripe.APIConnectionError, None, None),
]


@pytest.mark.parametrize(("ask", "kind", "status", "code"), [row[1:] for row in ERRORS], ids=[row[0] for row in ERRORS])
async def test_each_shape_of_error_is_its_class_of_the_sdk(
    sandbox: Running,
    ask: Callable[[Running], Awaitable[None]],
    kind: type[stripe.StripeError],
    status: int | None,
    code: str | None,
) -> None:
    with pytest.raises(stripe.StripeError) as caught:
        await ask(sandbox)
    error = caught.value
    assert (type(error), error.http_status) == (kind, status)
    assert code is None or (error.error is not None and error.error.code == code)
