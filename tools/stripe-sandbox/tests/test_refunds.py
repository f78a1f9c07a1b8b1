"""Refunds through the official SDK."""

from typing import Any

import pytest
import stripe
from stripe_sandbox.testing import Running, Starter


async def refund(sandbox: Running, **params: Any) -> stripe.Refund:
    return await sandbox.client.v1.refunds.create_async(params=params)  # type: ignore[arg-type]


async def charge_of(sandbox: Running, intent: stripe.PaymentIntent) -> stripe.Charge:
    return await sandbox.client.v1.charges.retrieve_async(intent.latest_charge.id)  # type: ignore[union-attr]


async def test_a_full_refund_is_told_and_counted(sandbox: Running) -> None:
    intent = await sandbox.paid()
    made = await refund(sandbox, payment_intent=intent.id, reason="requested_by_customer", metadata={"order": "o3"})
    assert (made.status, made.amount, made.payment_intent) == ("succeeded", 1200, intent.id)
    charge = await charge_of(sandbox, intent)
    assert (charge.refunded, charge.amount_refunded) == (True, 1200)
    await sandbox.receiver.event("refund.created", made.id)
    event = await sandbox.receiver.event("charge.refunded", charge.id)
    assert event.data.object["amount_refunded"] == 1200
    assert event.data.previous_attributes is not None
    assert event.data.previous_attributes["amount_refunded"] == 0
    assert (await sandbox.client.v1.refunds.retrieve_async(made.id)).metadata.to_dict() == {"order": "o3"}  # type: ignore[union-attr]


async def test_partial_refunds_add_up_and_no_more(sandbox: Running) -> None:
    intent = await sandbox.paid(1000)
    await refund(sandbox, payment_intent=intent.id, amount=400)
    charge = await charge_of(sandbox, intent)
    assert (charge.refunded, charge.amount_refunded) == (False, 400)
    for amount, words in ((601, "unrefunded amount on charge"), (1001, "greater than charge amount")):
        with pytest.raises(stripe.InvalidRequestError, match=words) as caught:
            await refund(sandbox, payment_intent=intent.id, amount=amount)
        assert caught.value.param == "amount"
    await refund(sandbox, charge=charge.id)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        await refund(sandbox, charge=charge.id)
    assert caught.value.code == "charge_already_refunded"
    listed = await sandbox.client.v1.refunds.list_async(params={"payment_intent": intent.id})
    assert sorted(r.amount for r in listed.data) == [400, 600]


async def test_shares_are_taken_back_in_proportion_and_whole_in_the_end(sandbox: Running) -> None:
    intent = await sandbox.destination_paid(1000, 99)
    options = {"payment_intent": intent.id, "reverse_transfer": True, "refund_application_fee": True}
    for amount in (333, 333, 334):
        made = await refund(sandbox, amount=amount, **options)
        assert made.transfer_reversal
    charge = await charge_of(sandbox, intent)
    transfer = await sandbox.client.v1.transfers.retrieve_async(str(charge.transfer))
    assert (transfer.reversed, transfer.amount_reversed) == (True, 1000)
    assert [r.amount for r in transfer.reversals.data] == [334, 333, 333]
    fee = await sandbox.client.v1.application_fees.retrieve_async(str(charge.application_fee))
    assert (fee.refunded, fee.amount_refunded) == (True, 99)
    assert [r.amount for r in fee.refunds.data] == [34, 33, 32]


async def test_a_refund_may_leave_the_shares_where_they_are(sandbox: Running) -> None:
    intent = await sandbox.destination_paid()
    await refund(sandbox, payment_intent=intent.id)
    charge = await charge_of(sandbox, intent)
    assert (await sandbox.client.v1.transfers.retrieve_async(str(charge.transfer))).amount_reversed == 0


async def test_there_must_be_shares_to_take_back(sandbox: Running) -> None:
    intent = await sandbox.paid()
    for option in ("reverse_transfer", "refund_application_fee"):
        with pytest.raises(stripe.InvalidRequestError) as caught:
            await refund(sandbox, payment_intent=intent.id, **{option: True})
        assert caught.value.param == option


async def test_a_failed_refund_gives_the_money_back_to_the_charge(sandbox: Running) -> None:
    intent = await sandbox.paid()
    made = await refund(sandbox, payment_intent=intent.id)
    await sandbox.control(f"/refunds/{made.id}/outcome", {"outcome": "failed", "reason": "expired_or_canceled_card"})
    event = await sandbox.receiver.event("refund.failed", made.id)
    assert event.data.object["failure_reason"] == "expired_or_canceled_card"
    await sandbox.receiver.event("charge.refund.updated", made.id)
    charge = await charge_of(sandbox, intent)
    assert (charge.refunded, charge.amount_refunded) == (False, 0)
    assert (await refund(sandbox, payment_intent=intent.id)).status == "succeeded"


async def test_a_refund_may_be_pending_first(sandbox: Running) -> None:
    intent = await sandbox.paid()
    await sandbox.control("/refunds/next", {"outcome": "pending"})
    made = await refund(sandbox, payment_intent=intent.id)
    assert made.status == "pending"
    await sandbox.control(f"/refunds/{made.id}/outcome", {"outcome": "succeeded"})
    event = await sandbox.receiver.event("refund.updated", made.id)
    assert event.data.object["status"] == "succeeded"


async def test_a_refund_needs_a_payment_that_was_made(sandbox: Running) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="payment_intent or charge"):
        await refund(sandbox, amount=100)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        await refund(sandbox, payment_intent="pi_none")
    assert (caught.value.http_status, caught.value.code, caught.value.param) == (
        404,
        "resource_missing",
        "payment_intent",
    )
    session = await sandbox.session()
    await sandbox.pay(session, "later")
    intent = str((await sandbox.client.v1.checkout.sessions.retrieve_async(session.id)).payment_intent)
    with pytest.raises(stripe.InvalidRequestError, match="does not have a successful charge"):
        await refund(sandbox, payment_intent=intent)


async def test_refunds_are_shown_in_a_charge_when_expanded(sandbox: Running) -> None:
    intent = await sandbox.paid()
    made = await refund(sandbox, payment_intent=intent.id, amount=100)
    charge = await sandbox.client.v1.charges.retrieve_async(
        intent.latest_charge.id,  # type: ignore[union-attr]
        params={"expand": ["refunds"]},
    )
    assert charge.refunds is not None
    assert [r.id for r in charge.refunds.data] == [made.id]


async def test_the_books_balance(start: Starter) -> None:
    async with start() as own:
        intent = await own.destination_paid(1000, 100)
        params = {"payment_intent": intent.id, "amount": 500, "reverse_transfer": True, "refund_application_fee": True}
        await refund(own, **params)
        books = await own.control("/ledger", method="GET")
        assert books["balance"] == {"eur": 50}
        line = books["payments"][0]
        assert (line["captured"], line["refunded"], line["withdrawn"]) == (1000, 500, 0)
        assert (line["transferred"], line["transfer_reversed"]) == (1000, 500)
        assert (line["fee"], line["fee_refunded"]) == (100, 50)
        moved = await own.client.v1.balance_transactions.list_async(params={"limit": 100})
        assert sum(t.net for t in moved.data) == 50
