"""Checkout Sessions through the official SDK."""

import time
from typing import Any

import pytest
import stripe
from stripe_sandbox.testing import Running, Starter


async def refused(sandbox: Running, **params: Any) -> stripe.InvalidRequestError:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        await sandbox.session(**params)
    return caught.value


async def test_a_new_session_is_open_unpaid_and_has_a_page(sandbox: Running) -> None:
    began = int(time.time())
    own: Any = {"metadata": {"order": "o1"}, "client_reference_id": "o1"}
    session = await sandbox.session(customer_email="ada@example.com", **own)
    assert (session.status, session.payment_status, session.mode) == ("open", "unpaid", "payment")
    assert session.url == f"{sandbox.url}/c/pay/{session.id}"
    assert session.amount_total == 1200
    assert session.currency == "eur"
    assert session.metadata is not None
    assert session.metadata["order"] == "o1"
    assert session.client_reference_id == "o1"
    assert session.payment_intent is None
    assert session.customer_details is not None
    assert session.customer_details.email == "ada@example.com"
    assert began <= session.expires_at - 86400 <= time.time()


async def test_line_items_are_shown_when_expanded_and_on_their_own(sandbox: Running) -> None:
    session = await sandbox.session(expand=["line_items"])
    assert session.line_items is not None
    assert session.line_items.data[0].description == "Field recordings"
    items = await sandbox.client.v1.checkout.sessions.line_items.list_async(session.id)
    assert items.data[0].price is not None
    assert items.data[0].price.unit_amount == 1200


@pytest.mark.parametrize(
    ("params", "code", "param"),
    [
        ({"mode": "subscription"}, None, "mode"),
        ({"success_url": "thanks"}, "url_invalid", "success_url"),
        ({"customer_email": "nobody"}, "email_invalid", "customer_email"),
        ({"colour": "red"}, "parameter_unknown", "colour"),
        ({"payment_intent_data": {"colour": "red"}}, "parameter_unknown", "payment_intent_data[colour]"),
        ({"payment_method_types": ["card"]}, "payment_method_types_no_longer_supported", "payment_method_types"),
        ({"line_items": [{"quantity": 1}]}, "parameter_missing", "line_items[0][price_data]"),
        ({"line_items": []}, "parameter_missing", "line_items"),
        ({"client_reference_id": ""}, "parameter_invalid_empty", "client_reference_id"),
        ({"client_reference_id": "x" * 201}, None, "client_reference_id"),
        ({"metadata": {"k" * 41: "v"}}, None, f"metadata[{'k' * 41}]"),
        ({"metadata": {"k": "v" * 501}}, None, "metadata[k]"),
        ({"metadata": {str(n): "v" for n in range(51)}}, None, "metadata"),
        ({"allow_promotion_codes": True}, None, "allow_promotion_codes"),
    ],
)
async def test_what_stripe_refuses_is_refused_and_named(
    sandbox: Running, params: dict[str, Any], code: str | None, param: str
) -> None:
    error = await refused(sandbox, **params)
    assert (error.http_status, error.code, error.param) == (400, code, param)
    assert error.request_id


async def test_metadata_at_its_limits_is_taken(sandbox: Running) -> None:
    metadata = {f"{n:040}": "v" * 500 for n in range(50)}
    session = await sandbox.session(metadata=metadata)
    assert session.metadata is not None
    assert session.metadata.to_dict() == metadata


@pytest.mark.parametrize(
    ("amount", "currency", "code"),
    [
        (49, "eur", "amount_too_small"),
        (29, "gbp", "amount_too_small"),
        (49, "jpy", "amount_too_small"),
        (100_000_000, "eur", "amount_too_large"),
        (1005, "kwd", "parameter_invalid_integer"),
        (1050, "isk", "parameter_invalid_integer"),
        (-1, "eur", "parameter_invalid_integer"),
        (1000, "xyz", None),
    ],
)
async def test_amounts_that_cannot_be_charged_are_refused(
    sandbox: Running, amount: int, currency: str, code: str | None
) -> None:
    assert (await refused(sandbox, amount=amount, currency=currency)).code == code


@pytest.mark.parametrize(
    ("amount", "currency"), [(50, "eur"), (50, "jpy"), (99_999_999, "usd"), (1010, "kwd"), (1100, "isk"), (0, "eur")]
)
async def test_amounts_at_their_limits_are_taken(sandbox: Running, amount: int, currency: str) -> None:
    assert (await sandbox.session(amount, currency)).amount_total == amount


@pytest.mark.parametrize("seconds", [0, 1799, 86_500])
async def test_a_session_lives_from_30_minutes_to_24_hours(sandbox: Running, seconds: int) -> None:
    assert (await refused(sandbox, expires_at=int(time.time()) + seconds)).param == "expires_at"


async def test_an_open_session_can_be_expired_once(sandbox: Running) -> None:
    session = await sandbox.session(expires_at=int(time.time()) + 1860)
    expired = await sandbox.client.v1.checkout.sessions.expire_async(session.id)
    assert (expired.status, expired.url) == ("expired", None)
    event = await sandbox.receiver.event("checkout.session.expired", session.id)
    assert event.data.object["status"] == "expired"
    with pytest.raises(stripe.InvalidRequestError, match='status of "expired"') as caught:
        await sandbox.client.v1.checkout.sessions.expire_async(session.id)
    assert caught.value.http_status == 400


async def test_a_paid_session_cannot_be_expired(sandbox: Running) -> None:
    session = await sandbox.session()
    await sandbox.pay(session)
    with pytest.raises(stripe.InvalidRequestError, match='status of "complete"'):
        await sandbox.client.v1.checkout.sessions.expire_async(session.id)


async def test_a_session_expires_by_itself_and_tells_so(start: Starter) -> None:
    async with start() as own:
        session = await own.session(expires_at=int(time.time()) + 1860)
        own.clock.ahead = 1861
        assert (await own.client.v1.checkout.sessions.retrieve_async(session.id)).status == "expired"
        await own.receiver.event("checkout.session.expired", session.id)
        page = await own.http.get(f"/c/pay/{session.id}")
        assert "expired" in page.text


async def test_an_expiry_is_announced_though_nobody_looks(start: Starter) -> None:
    async with start() as own:
        session = await own.session(expires_at=int(time.time()) + 1860)
        own.clock.ahead = 1861
        await own.session()  # wakes the agenda, which the jump of the clock does not
        await own.receiver.event("checkout.session.expired", session.id)


async def test_the_control_lets_a_session_expire(sandbox: Running) -> None:
    session = await sandbox.session()
    await sandbox.control(f"/sessions/{session.id}/elapse")
    event = await sandbox.receiver.event("checkout.session.expired", session.id)
    assert event.data.object["expires_at"] <= time.time()


async def test_sessions_are_found_by_payment_and_by_status(start: Starter) -> None:
    async with start() as own:
        payment = await own.paid()
        await own.session()
        sessions = own.client.v1.checkout.sessions
        by_payment = await sessions.list_async(params={"payment_intent": payment.id})
        assert [s.payment_intent for s in by_payment.data] == [payment.id]
        assert [s.status for s in (await sessions.list_async(params={"status": "open"})).data] == ["open"]
        by_email = await sessions.list_async(params={"customer_details": {"email": "ada@example.com"}})
        assert len(by_email.data) == 1


async def test_an_application_fee_needs_a_destination_and_fits_the_total(sandbox: Running) -> None:
    error = await refused(sandbox, payment_intent_data={"application_fee_amount": 100})
    assert error.param == "payment_intent_data[application_fee_amount]"
    account = await sandbox.account()
    data = {"application_fee_amount": 1201, "transfer_data": {"destination": account.id}}
    assert (await refused(sandbox, payment_intent_data=data)).param == "payment_intent_data[application_fee_amount]"


async def test_a_destination_that_cannot_be_paid_is_refused(sandbox: Running) -> None:
    account = await sandbox.account(onboarded=False)
    error = await refused(sandbox, payment_intent_data={"transfer_data": {"destination": account.id}})
    assert error.code == "insufficient_capabilities_for_transfer"
    error = await refused(sandbox, payment_intent_data={"on_behalf_of": account.id})
    assert error.param == "payment_intent_data[on_behalf_of]"
    error = await refused(sandbox, payment_intent_data={"transfer_data": {"destination": "acct_none"}})
    assert (error.code, error.param) == ("resource_missing", "payment_intent_data[transfer_data][destination]")
