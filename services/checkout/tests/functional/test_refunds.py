"""Money back: once, by whoever asks, with its shares; totals are Stripe's."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from chassis.clock import new_id
from chassis.testing import owed_mails, sign_in, told
from checkout.mails import BuyerMails
from checkout.models import Refund, RefundStatus
from checkout.use_cases.refund_order import carry_out_refund
from contracts.checkout import OrderPaid, OrderRefunded
from contracts.pages import PageUpdated
from sqlalchemy import text
from sqlmodel import select
from storefront import Storefront

from .shop import Shop


async def refunds(shop: Shop) -> list[Refund]:
    async with shop.db.reading() as session:
        return list((await session.exec(select(Refund).order_by(Refund.created_at))).all())  # type: ignore[arg-type]


async def test_a_full_refund_revokes_and_takes_both_shares_back(shop: Shop) -> None:
    page = await shop.page()
    order_id = await shop.paid_order_on(page)
    response = await shop.refund(page, order_id, revokeAccess=False)
    assert (response.status_code, response.json()["amount"]) == (201, 1900)
    (event,) = await told(shop.db, OrderRefunded)
    assert (event.status, event.amount_refunded, event.access_revoked) == ("refunded", 1900, True)
    assert await shop.ledger(order_id) == (1900, 1900)
    order = await shop.order(order_id)
    intent = await shop.at_stripe(f"/v1/payment_intents/{order.payment_id}", **{"expand[]": "latest_charge"})
    transfer = await shop.at_stripe(f"/v1/transfers/{intent['latest_charge']['transfer']}")
    fee = await shop.at_stripe(f"/v1/application_fees/{intent['latest_charge']['application_fee']}")
    assert (transfer["reversed"], fee["refunded"]) == (True, True)
    (refund,) = await refunds(shop)
    assert ("order-refunded", refund.id) in await owed_mails(shop.db)


@pytest.mark.parametrize(
    ("amount", "revokes", "says"), [(1900, False, "has ended"), (500, True, "has ended"), (500, False, "keeps working")]
)
async def test_a_refunds_mail_says_what_becomes_of_the_download_before_the_total_is_read(
    shop: Shop, amount: int, revokes: bool, says: str
) -> None:
    order = await shop.order(await shop.paid_order_on(await shop.page()))
    now = shop.clock.now()
    refund = Refund(
        id=new_id(), order_id=order.id, payment_id=order.payment_id or "", amount=amount, revoke_access=revokes,
        status=RefundStatus.SUCCEEDED, reason="creator", created_at=now, due_at=now,
    )  # fmt: skip
    async with shop.db.transaction() as tx:
        tx.session.add(refund)
    mails = BuyerMails(Storefront("checkout", "http://pages.test"), shop.service.state["links"]).composers()
    async with shop.db.reading() as session:
        mail = await mails["order-refunded"](session, refund.id)
    assert mail is not None
    assert says in mail.text
    assert says in mail.html


async def test_two_equal_partial_refunds_count_twice(shop: Shop) -> None:
    page = await shop.page()
    order_id = await shop.paid_order_on(page)
    for _ in range(2):
        assert (await shop.refund(page, order_id, amount=500, revokeAccess=False)).status_code == 201
    order = await shop.order(order_id)
    assert (order.status, order.amount_refunded, order.access_revoked) == ("partially_refunded", 1000, False)
    assert await shop.ledger(order_id) == (1900, 1000)
    await shop.hear_all(order_id)
    assert [event.amount_refunded for event in await told(shop.db, OrderRefunded)] == [500, 1000]
    assert len(await refunds(shop)) == 2
    too_much = await shop.refund(page, order_id, amount=901)
    assert (too_much.status_code, too_much.json()["errors"][0]["pointer"]) == (422, "#/amount")


async def test_the_same_key_never_refunds_twice(shop: Shop) -> None:
    page = await shop.page()
    order_id = await shop.paid_order_on(page)
    first = await shop.refund(page, order_id, key="k1", amount=500)
    shop.clock.advance(timedelta(days=2))
    async with shop.db.transaction() as tx:
        await tx.session.execute(text("DELETE FROM idempotency_keys"))
    again = await shop.refund(page, order_id, key="k1", amount=500)
    assert first.json()["id"] == again.json()["id"]
    other = await shop.refund(page, order_id, key="k1", amount=600)
    assert (other.status_code, other.json()["type"]) == (422, "idempotency-key-reused")
    assert await shop.ledger(order_id) == (1900, 500)


async def test_a_refund_that_stripe_made_and_did_not_confirm_is_made_once(shop: Shop) -> None:
    page = await shop.page()
    order_id = await shop.paid_order_on(page)
    await shop.control("/faults", {"path": "/v1/refunds", "method": "POST", "answer": "error", "status": 500})
    response = await shop.refund(page, order_id, amount=500)
    assert (response.status_code, response.json()["status"]) == (201, "requested")
    shop.clock.advance(timedelta(minutes=1))
    await shop.jobs.carry_out_refunds(shop.db)
    assert await shop.ledger(order_id) == (1900, 500)
    assert [(refund.status, refund.attempt) for refund in await refunds(shop)] == [("succeeded", 2)]
    assert (await shop.order(order_id)).amount_refunded == 500


async def test_a_refund_that_stripe_could_not_hear_is_asked_for_again(shop: Shop) -> None:
    page = await shop.page()
    order_id = await shop.paid_order_on(page)
    await shop.control("/faults", {"path": "/v1/refunds", "method": "POST", "answer": "drop", "times": 2})
    assert (await shop.refund(page, order_id, amount=500)).json()["status"] == "requested"
    waiting = await shop.refund(page, order_id, amount=1900)
    assert waiting.json()["errors"][0]["pointer"] == "#/amount"
    shop.clock.advance(timedelta(minutes=1))
    await shop.jobs.carry_out_refunds(shop.db)
    assert await shop.ledger(order_id) == (1900, 500)


async def asked_again() -> None:
    pytest.fail("Stripe is asked for the refund again")


async def test_a_refund_of_long_ago_is_looked_for_before_it_is_asked_for_again(shop: Shop) -> None:
    """Stripe forgets keys, and would make it twice."""
    page = await shop.page()
    order_id = await shop.paid_order_on(page)
    made = {"path": "/v1/refunds", "method": "POST", "answer": "drop", "act": True, "times": 2}
    await shop.control("/faults", made)
    assert (await shop.refund(page, order_id, amount=500)).json()["status"] == "requested"
    shop.clock.advance(timedelta(days=1))
    with shop.meanwhile("refund", asked_again):
        await shop.jobs.carry_out_refunds(shop.db)
    assert [refund.status for refund in await refunds(shop)] == ["succeeded"]
    assert await shop.ledger(order_id) == (1900, 500)


@pytest.mark.parametrize("refund_id", [str(UUID(int=7)), "one of another's"])
async def test_a_refund_of_ours_that_is_not_here_any_more_is_followed(shop: Shop, refund_id: str) -> None:
    """As after a backup was restored."""
    page = await shop.page()
    order_id = await shop.paid_order_on(page)
    payment = (await shop.order(order_id)).payment_id
    forgotten = {"payment_intent": payment, "amount": "400", "metadata[refund_id]": refund_id}
    assert (await shop.stripe.post("/v1/refunds", data=forgotten)).status_code == 200
    await shop.hear_all(order_id)
    assert (await shop.refund(page, order_id)).status_code == 201
    order = await shop.order(order_id)
    assert (order.status, order.amount_refunded, order.access_revoked) == ("refunded", 1900, True)


async def test_two_who_hear_of_one_error_ask_under_one_new_key(shop: Shop) -> None:
    page = await shop.page()
    order_id = await shop.paid_order_on(page)
    await shop.control("/faults", {"path": "/v1/refunds", "method": "POST", "answer": "error", "status": 500})
    with shop.meanwhile("refund", lambda: shop.refund(page, order_id, key="k1", amount=500)):
        await shop.refund(page, order_id, key="k1", amount=500)
    assert [(refund.attempt, refund.tries) for refund in await refunds(shop)] == [(2, 1)]


async def test_who_is_refused_after_another_was_heard_changes_nothing(shop: Shop) -> None:
    page = await shop.page()
    order_id = await shop.order_on(page)
    await shop.change(page, PageUpdated, expires_at=shop.clock.now() - timedelta(seconds=5))
    await shop.pay(order_id)
    await shop.hear_all(order_id)
    (refund,) = await refunds(shop)

    async def another_is_heard() -> None:
        await shop.jobs.carry_out_refunds(shop.db)
        await shop.control("/faults", {"path": "/v1/refunds", "answer": "error", "status": 402, "act": False})

    with shop.meanwhile("refund", another_is_heard):
        await carry_out_refund(shop.db, shop.service.state["payments"], refund.id)
    order = await shop.order(order_id)
    assert (order.status, order.needs_review) == ("refunded", False)
    assert [refund.status for refund in await refunds(shop)] == ["succeeded"]


async def test_a_refund_made_at_stripe_does_the_same(shop: Shop) -> None:
    page = await shop.page()
    order_id = await shop.paid_order_on(page)
    payment = (await shop.order(order_id)).payment_id
    await shop.control(f"/charges/{payment}/refund", {"amount": 900})
    await shop.hear_all(order_id)
    order = await shop.order(order_id)
    assert (order.status, order.amount_refunded, order.access_revoked) == ("partially_refunded", 900, False)
    await shop.control(f"/charges/{payment}/refund", {"amount": 1000})
    await shop.hear_all(order_id)
    order = await shop.order(order_id)
    assert (order.status, order.amount_refunded, order.access_revoked) == ("refunded", 1900, True)
    assert [refund.reason for refund in await refunds(shop)] == ["stripe", "stripe"]


async def test_a_refund_that_fails_later_leads_back_one_step(shop: Shop) -> None:
    page = await shop.page()
    order_id = await shop.paid_order_on(page)
    await shop.control("/refunds/next", {"outcome": "pending"})
    await shop.refund(page, order_id)
    assert (await shop.order(order_id)).status == "refunded"
    (refund,) = await refunds(shop)
    await shop.control(f"/refunds/{refund.stripe_refund_id}/outcome", {"outcome": "failed"})
    await shop.hear_all(order_id)
    order = await shop.order(order_id)
    assert (order.status, order.amount_refunded, order.access_revoked) == ("completed", 0, False)
    assert [event.status for event in await told(shop.db, OrderRefunded)] == ["refunded", "completed"]


async def test_what_is_paid_after_the_page_closed_goes_back_once(shop: Shop) -> None:
    page = await shop.page(limit=5)
    order_id = await shop.order_on(page)
    await shop.change(page, PageUpdated, expires_at=shop.clock.now() - timedelta(seconds=5))
    await shop.pay(order_id)
    await shop.hear_all(order_id)
    await shop.hear_all(order_id)
    for _ in range(2):
        await shop.jobs.carry_out_refunds(shop.db)
    await shop.hear_all(order_id)
    order = await shop.order(order_id)
    assert (order.status, order.reason, order.amount_refunded) == ("refunded", "paid-after-expiry", 1900)
    assert await told(shop.db, OrderPaid) == []
    assert await shop.ledger(order_id) == (1900, 1900)
    assert [refund.reason for refund in await refunds(shop)] == ["late-payment"]
    assert await shop.stock(page) == (0, 0, 0)
    assert [kind for kind, _ in await owed_mails(shop.db)] == ["order-refunded"]


async def test_what_is_paid_after_the_sell_out_goes_back(shop: Shop) -> None:
    page = await shop.page(limit=1)
    late = await shop.order_on(page)
    await shop.pay(late, "later")
    session = await shop.session(late)
    await shop.control(f"/sessions/{session.stripe_session_id}/settle", {"outcome": "failed"})
    await shop.hear_all(late)
    await shop.paid_order_on(page)
    paid_after_all = next(e for e in await shop.events_of(late) if e["type"].endswith("async_payment_failed"))
    paid_after_all |= {"id": f"evt_{new_id().hex}", "type": "checkout.session.async_payment_succeeded"}
    paid_after_all["data"]["object"]["payment_status"] = "paid"
    await shop.hear(paid_after_all)
    order = await shop.order(late)
    assert (order.status, order.reason) == ("failed", "paid-after-sell-out")
    assert [refund.reason for refund in await refunds(shop)] == ["late-payment"]
    assert await shop.stock(page) == (0, 1, 0)
    await shop.jobs.carry_out_refunds(shop.db)  # there is nothing at Stripe to give back
    order = await shop.order(late)
    assert (order.needs_review, order.reason) == (True, "late-payment-not-refunded")


async def test_a_failed_payment_that_arrives_after_all_is_honoured_while_there_is_stock(shop: Shop) -> None:
    page = await shop.page(limit=1)
    order_id = await shop.order_on(page)
    await shop.pay(order_id, "later")
    session = await shop.session(order_id)
    await shop.control(f"/sessions/{session.stripe_session_id}/settle", {"outcome": "failed"})
    await shop.hear_all(order_id)
    assert await shop.stock(page) == (0, 0, 0)
    succeeded = next(e for e in await shop.events_of(order_id) if e["type"].endswith("async_payment_failed"))
    succeeded |= {"id": f"evt_{new_id().hex}", "type": "checkout.session.async_payment_succeeded"}
    succeeded["data"]["object"]["payment_status"] = "paid"
    await shop.hear(succeeded)
    assert (await shop.order(order_id)).status == "completed"
    assert await shop.stock(page) == (0, 1, 0)


@pytest.mark.parametrize("body", [{"amount": 0}, {"amount": "5"}, {"amount": 1.5}, {"revokeAccess": 7}, {"all": True}])
async def test_a_refund_names_the_field_that_is_wrong(shop: Shop, body: dict[str, Any]) -> None:
    page = await shop.page()
    order_id = await shop.paid_order_on(page)
    response = await shop.refund(page, order_id, **body)
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == f"#/{next(iter(body))}"


async def test_only_what_was_paid_can_be_refunded_by_its_creator(shop: Shop) -> None:
    page = await shop.page()
    open_order = await shop.order_on(page)
    response = await shop.refund(page, open_order)
    assert (response.status_code, response.json()["type"]) == (409, "not-refundable")
    stranger = sign_in(new_id())
    for order_id in (open_order, UUID(int=1)):
        foreign = await shop.client.post(f"/v1/orders/{order_id}/refunds", json={}, headers=stranger)
        assert (foreign.status_code, foreign.json()["type"]) == (404, "not-found")
