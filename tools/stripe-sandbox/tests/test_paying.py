"""What a buyer can do on the hosted page, and what the platform hears of it."""

import pytest
import stripe
from stripe_sandbox.testing import Running, Starter


async def latest(sandbox: Running, session: stripe.checkout.Session) -> stripe.checkout.Session:
    return await sandbox.client.v1.checkout.sessions.retrieve_async(
        session.id, params={"expand": ["payment_intent.latest_charge"]}
    )


async def test_paying_completes_the_session_and_returns_to_the_shop(sandbox: Running) -> None:
    session = await sandbox.session(
        metadata={"order": "o2"}, payment_intent_data={"metadata": {"order": "o2"}, "receipt_email": "r@example.com"}
    )
    answer = await sandbox.pay(session)
    assert (answer.status_code, answer.headers["location"]) == (303, f"http://shop.test/thanks?session={session.id}")
    session = await latest(sandbox, session)
    assert (session.status, session.payment_status, session.url) == ("complete", "paid", None)
    assert session.customer_details is not None
    assert (session.customer_details.email, session.customer_details.name) == ("ada@example.com", "Ada")
    intent = session.payment_intent
    assert isinstance(intent, stripe.PaymentIntent)
    assert (intent.status, intent.amount_received, intent.receipt_email) == ("succeeded", 1200, "r@example.com")
    charge = intent.latest_charge
    assert isinstance(charge, stripe.Charge)
    assert charge.metadata.to_dict() == intent.metadata.to_dict() == {"order": "o2"}
    assert (charge.paid, charge.captured, charge.refunded, charge.disputed) == (True, True, False, False)
    assert charge.billing_details.email == "ada@example.com"
    assert (await sandbox.http.get(charge.receipt_url or "")).status_code == 200


async def test_paying_is_told_once_with_the_paid_session(sandbox: Running) -> None:
    session = await sandbox.session()
    await sandbox.pay(session)
    event = await sandbox.receiver.event("checkout.session.completed", session.id)
    assert event.data.object["payment_status"] == "paid"
    intent = event.data.object["payment_intent"]
    assert (await sandbox.receiver.event("payment_intent.succeeded", intent)).data.object["amount"] == 1200


async def test_a_completed_session_cannot_be_paid_again(sandbox: Running) -> None:
    session = await sandbox.session()
    url = session.url or ""
    await sandbox.pay(session)
    again = await sandbox.http.post(url, data={"email": "b@example.com", "choice": "pay"})
    assert again.status_code == 200
    assert "already completed" in again.text
    intent = (await latest(sandbox, session)).payment_intent
    assert isinstance(intent, stripe.PaymentIntent)
    charges = await sandbox.client.v1.charges.list_async(params={"payment_intent": intent.id})
    assert len(charges.data) == 1


@pytest.mark.parametrize("email", ["", "nobody"])
async def test_the_page_asks_for_an_email_that_is_one(sandbox: Running, email: str) -> None:
    session = await sandbox.session()
    answer = await sandbox.http.post(session.url or "", data={"email": email, "choice": "pay"})
    assert answer.status_code == 422
    assert "Enter your e-mail address" in answer.text


async def test_the_sessions_own_email_wins(sandbox: Running) -> None:
    session = await sandbox.session(customer_email="own@example.com")
    await sandbox.pay(session)
    details = (await latest(sandbox, session)).customer_details
    assert details is not None
    assert details.email == "own@example.com"


async def test_a_declined_card_leaves_the_session_open(sandbox: Running) -> None:
    session = await sandbox.session()
    answer = await sandbox.pay(session, "decline")
    assert answer.status_code == 402
    assert "declined" in answer.text
    declined = await latest(sandbox, session)
    assert declined.status == "open"
    assert isinstance(declined.payment_intent, stripe.PaymentIntent)
    event = await sandbox.receiver.event("payment_intent.payment_failed", declined.payment_intent.id)
    assert event.data.object["last_payment_error"]["code"] == "card_declined"
    assert (await sandbox.pay(session)).status_code == 303
    paid = await latest(sandbox, session)
    assert isinstance(paid.payment_intent, stripe.PaymentIntent)
    assert paid.payment_intent.id == declined.payment_intent.id
    assert paid.payment_intent.status == "succeeded"


async def challenged(sandbox: Running) -> tuple[stripe.checkout.Session, str]:
    session = await sandbox.session()
    answer = await sandbox.pay(session, "authenticate")
    assert answer.status_code == 303
    bank = answer.headers["location"]
    assert "Confirm your payment" in (await sandbox.http.get(bank)).text
    return session, bank


async def test_3d_secure_approved_pays(sandbox: Running) -> None:
    session, bank = await challenged(sandbox)
    waiting = await latest(sandbox, session)
    assert isinstance(waiting.payment_intent, stripe.PaymentIntent)
    assert waiting.payment_intent.status == "requires_action"
    answer = await sandbox.http.post(bank, data={"choice": "approve"})
    assert answer.headers["location"].startswith("http://shop.test/thanks")
    assert (await latest(sandbox, session)).payment_status == "paid"


async def test_3d_secure_refused_leaves_the_session_open(sandbox: Running) -> None:
    session, bank = await challenged(sandbox)
    assert (await sandbox.http.post(bank, data={"choice": "refuse"})).status_code == 402
    session = await latest(sandbox, session)
    assert session.status == "open"
    assert isinstance(session.payment_intent, stripe.PaymentIntent)
    error = session.payment_intent.last_payment_error
    assert error is not None
    assert error.code == "payment_intent_authentication_failure"


async def test_3d_secure_may_take_its_time(sandbox: Running) -> None:
    session, bank = await challenged(sandbox)
    answer = await sandbox.http.post(bank, data={"choice": "delay", "seconds": "0.3"}, follow_redirects=True)
    assert "Waiting for your bank" in answer.text
    await sandbox.receiver.event("checkout.session.completed", session.id)
    assert (await sandbox.http.get(bank)).headers["location"].startswith("http://shop.test/thanks")


async def test_a_delayed_approval_after_the_expiry_charges_nothing(start: Starter) -> None:
    async with start() as own:
        session, bank = await challenged(own)
        await own.http.post(bank, data={"choice": "delay", "seconds": "0.2"})
        await own.client.v1.checkout.sessions.expire_async(session.id)
        expired = await latest(own, session)
        assert isinstance(expired.payment_intent, stripe.PaymentIntent)
        assert expired.payment_intent.status == "canceled"
        await own.receiver.event("payment_intent.canceled", expired.payment_intent.id)
        own.clock.ahead = 5
        await own.session()  # wakes the agenda, whose approval is now due
        assert (await latest(own, session)).payment_status == "unpaid"


async def test_paying_later_completes_unpaid_then_settles(sandbox: Running) -> None:
    session = await sandbox.session()
    assert (await sandbox.pay(session, "later")).status_code == 303
    event = await sandbox.receiver.event("checkout.session.completed", session.id)
    assert event.data.object["payment_status"] == "unpaid"
    unpaid = await latest(sandbox, session)
    assert isinstance(unpaid.payment_intent, stripe.PaymentIntent)
    assert unpaid.payment_intent.status == "processing"
    await sandbox.control(f"/sessions/{session.id}/settle", {"outcome": "succeeded"})
    event = await sandbox.receiver.event("checkout.session.async_payment_succeeded", session.id)
    assert event.data.object["payment_status"] == "paid"


async def test_money_on_its_way_counts_as_captured_by_its_charge_and_as_received_by_nobody(sandbox: Running) -> None:
    session = await sandbox.session()
    await sandbox.pay(session, "later")
    intent = (await latest(sandbox, session)).payment_intent
    assert isinstance(intent, stripe.PaymentIntent)
    assert isinstance(intent.latest_charge, stripe.Charge)
    charge = intent.latest_charge
    assert (charge.status, charge.captured, charge.amount_captured, charge.paid) == ("pending", True, 1200, False)
    assert intent.amount_received == 0
    moved = (await sandbox.control("/ledger", method="GET"))["payments"]
    assert intent.id not in {line["payment_intent"] for line in moved}


async def test_paying_later_may_fail(sandbox: Running) -> None:
    session = await sandbox.session()
    await sandbox.pay(session, "later")
    await sandbox.control(f"/sessions/{session.id}/settle", {"outcome": "failed"})
    event = await sandbox.receiver.event("checkout.session.async_payment_failed", session.id)
    assert (event.data.object["status"], event.data.object["payment_status"]) == ("complete", "unpaid")
    again = await sandbox.http.post(f"/sandbox/control/sessions/{session.id}/settle")
    assert again.status_code == 409


async def test_paying_later_is_not_offered_when_only_cards_are_allowed(sandbox: Running) -> None:
    session = await sandbox.session(allowed_payment_method_types=["card"])
    assert session.payment_method_types == ["card"]
    assert "Pay later" not in (await sandbox.http.get(session.url or "")).text
    assert (await sandbox.pay(session, "later")).status_code == 422


async def test_a_free_session_needs_no_payment(sandbox: Running) -> None:
    session = await sandbox.session(0)
    await sandbox.pay(session)
    session = await latest(sandbox, session)
    assert (session.payment_status, session.payment_intent) == ("no_payment_required", None)


async def test_a_destination_charge_is_shared(sandbox: Running) -> None:
    intent = await sandbox.destination_paid(1000, 100)
    charge = intent.latest_charge
    assert isinstance(charge, stripe.Charge)
    transfer = await sandbox.client.v1.transfers.retrieve_async(str(charge.transfer))
    assert (transfer.amount, transfer.amount_reversed, transfer.source_transaction) == (1000, 0, charge.id)
    fee = await sandbox.client.v1.application_fees.retrieve_async(str(charge.application_fee))
    assert (fee.amount, fee.account, fee.originating_transaction) == (100, transfer.destination, charge.id)
    assert intent.on_behalf_of == transfer.destination


async def test_a_charge_on_behalf_of_an_account_is_shared_in_that_accounts_currency(sandbox: Running) -> None:
    account = await sandbox.account()
    await sandbox.control(f"/accounts/{account.id}/currency", {"default_currency": "gbp"})
    data = {"application_fee_amount": 100, "transfer_data": {"destination": account.id}}
    for on_behalf_of, currency, amount, left in (
        ({}, "eur", 1000, 500),
        ({"on_behalf_of": account.id}, "gbp", 800, 400),
    ):
        intent = await sandbox.paid(1000, payment_intent_data={**data, **on_behalf_of})
        assert isinstance(intent.latest_charge, stripe.Charge)
        await sandbox.client.v1.refunds.create_async(
            params={"payment_intent": intent.id, "amount": 500, "reverse_transfer": True}
        )
        transfer = await sandbox.client.v1.transfers.retrieve_async(str(intent.latest_charge.transfer))
        assert (transfer.currency, transfer.amount, transfer.amount - transfer.amount_reversed) == (
            currency,
            amount,
            left,
        )
        assert {reversal.currency for reversal in transfer.reversals.data} == {currency}
        fee = await sandbox.client.v1.application_fees.retrieve_async(str(intent.latest_charge.application_fee))
        assert (fee.currency, fee.amount) == ("eur", 100)


async def test_the_control_pays_like_the_page(sandbox: Running) -> None:
    session = await sandbox.session()
    paid = await sandbox.control(f"/sessions/{session.id}/pay", {"email": "c@example.com"})
    assert (paid["status"], paid["customer_details"]["email"]) == ("complete", "c@example.com")
    assert not [name for name in paid if name.startswith("_")]
    refused = await sandbox.http.post(f"/sandbox/control/sessions/{session.id}/pay", json={})
    assert refused.status_code == 409


async def test_there_is_no_page_for_an_unknown_session(sandbox: Running) -> None:
    assert (await sandbox.http.get("/c/pay/cs_test_none")).status_code == 404
