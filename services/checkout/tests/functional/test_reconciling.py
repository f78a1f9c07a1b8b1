"""Our money is compared with Stripe's; what differs is for a person, and is not mended."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from chassis.testing import sign_in
from checkout.models import CheckoutSession, Order
from checkout.ports import SessionRequest
from checkout.use_cases.reconcile_money import ORDER_UNKNOWN, SETTLED, reconcile_money
from contracts.checkout import OrderStatus
from contracts.pages import PageUpdated
from sqlalchemy import text
from sqlmodel import col, update

from .live import connected_account
from .shop import Page, Shop


async def found(shop: Shop) -> list[str]:
    """What is found of orders; other shops' payments are at the same sandbox."""
    findings = await reconcile_money(shop.db, shop.service.state["payments"])
    return [finding.what for finding in findings if finding.what != ORDER_UNKNOWN]


async def compared(shop: Shop) -> list[str]:
    """What is found once everything is old enough to be compared."""
    shop.clock.advance(SETTLED + timedelta(minutes=1))
    return await found(shop)


async def in_review(shop: Shop, page: Page) -> list[Any]:
    listed = await shop.client.get("/v1/orders?needsReview=true", headers=sign_in(page.creator_id))
    return [(order["id"], order["reason"]) for order in listed.json()["items"]]


async def logged(shop: Shop, order_id: UUID) -> list[str]:
    """What the security log says of its money."""
    query = text("SELECT detail->>'what' FROM security_log WHERE kind = 'money-differs' AND subject = :order")
    async with shop.db.reading() as session:
        return list((await session.execute(query, {"order": order_id})).scalars())


async def test_where_both_say_the_same_nothing_is_found(shop: Shop) -> None:
    page = await shop.page()
    order_id = await shop.paid_order_on(page)
    await shop.order_on(page)
    await shop.refund(page, order_id, amount=500, revokeAccess=False)
    await shop.hear_all(order_id)
    assert await compared(shop) == []
    assert await in_review(shop, page) == []


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"amount_paid": 1800}, "money-differs"),
        ({"amount_refunded": 100}, "money-differs"),
        ({"payment_id": None, "amount_paid": 0}, "payment-not-recorded"),
    ],
)
async def test_money_that_differs_is_listed_and_left_as_it_is(shop: Shop, changes: dict[str, Any], what: str) -> None:
    page = await shop.page()
    order_id = await shop.paid_order_on(page)
    async with shop.db.transaction() as tx:
        await tx.session.execute(update(Order).where(col(Order.id) == order_id).values(changes))
    assert await compared(shop) == [what]
    assert await in_review(shop, page) == [(str(order_id), what)]
    order = await shop.order(order_id)
    assert {name: getattr(order, name) for name in changes} == changes


async def test_a_creator_ends_the_review_and_is_told_again_while_it_is_wrong(shop: Shop) -> None:
    page = await shop.page()
    order_id = await shop.paid_order_on(page)
    async with shop.db.transaction() as tx:
        await tx.session.execute(update(Order).where(col(Order.id) == order_id).values(amount_paid=1800))
    await compared(shop)
    path = f"/v1/orders/{order_id}/review"
    assert (await shop.client.delete(path, headers=sign_in(uuid4()))).status_code == 404
    for _ in range(2):
        assert (await shop.client.delete(path, headers=sign_in(page.creator_id))).status_code == 204
        assert await in_review(shop, page) == []
    shop.clock.advance(timedelta(days=1))
    assert await compared(shop) == ["money-differs"]
    assert await in_review(shop, page) == [(str(order_id), "money-differs")]


async def test_a_refund_that_nobody_told_of_is_found(shop: Shop) -> None:
    page = await shop.page()
    order_id = await shop.paid_order_on(page)
    await shop.control(f"/charges/{(await shop.order(order_id)).payment_id}/refund", {"amount": 300})
    assert await compared(shop) == ["money-differs"]
    assert (await shop.order(order_id)).amount_refunded == 0


async def test_a_refund_that_failed_leaves_the_creators_share_to_a_person(shop: Shop) -> None:
    """The bank sent the money back to the platform; what the connected account had given for it stays taken."""
    page = await shop.page()
    order_id, other = await shop.paid_order_on(page), await shop.paid_order_on(page)
    for refunded in (order_id, other):
        assert (await shop.refund(page, refunded, amount=500, revokeAccess=False)).status_code == 201
    payment = (await shop.order(order_id)).payment_id
    (refund,) = (await shop.at_stripe("/v1/refunds", payment_intent=payment))["data"]
    await shop.control(f"/refunds/{refund['id']}/outcome", {"outcome": "failed"})
    await shop.hear_all(order_id)
    assert (await shop.order(order_id)).amount_refunded == 0
    assert await compared(shop) == ["creators-share-differs"]
    assert await in_review(shop, page) == [(str(order_id), "creators-share-differs")]


async def test_a_share_that_is_kept_in_another_currency_is_not_compared(shop: Shop) -> None:
    """Its account's own, at the day's rate."""
    shop.account = await connected_account(shop.stripe)
    await shop.control(f"/accounts/{shop.account}/currency", {"default_currency": "gbp"})
    await shop.paid_order_on(await shop.page())
    assert await compared(shop) == []


async def test_money_on_its_way_is_no_difference_and_is_asked_about_again(shop: Shop) -> None:
    page = await shop.page()
    order_id = await shop.order_on(page)
    await shop.pay(order_id, "later")
    assert await compared(shop) == []
    await shop.jobs.attend_sessions(shop.db)
    assert await in_review(shop, page) == []
    assert (await shop.session(order_id)).ask_due_at is not None


async def test_an_unpaid_order_in_review_is_asked_about_until_it_is_paid(shop: Shop) -> None:
    page = await shop.page()
    order_id = await shop.order_on(page)
    await shop.pay(order_id, "later")
    async with shop.db.transaction() as tx:
        await tx.session.execute(update(Order).where(col(Order.id) == order_id).values(needs_review=True))
    shop.clock.advance(timedelta(minutes=11))
    await shop.jobs.attend_sessions(shop.db)
    await shop.control(f"/sessions/{(await shop.session(order_id)).stripe_session_id}/settle", {"outcome": "succeeded"})
    shop.clock.advance(timedelta(hours=7))
    await shop.jobs.attend_sessions(shop.db)
    order, session = await shop.order(order_id), await shop.session(order_id)
    assert (order.status, order.needs_review, session.ask_due_at) == ("completed", True, None)


async def test_what_was_paid_otherwise_than_asked_is_not_asked_about_again(shop: Shop) -> None:
    page = await shop.page()
    order_id = await shop.order_on(page)
    async with shop.db.transaction() as tx:
        await tx.session.execute(update(Order).where(col(Order.id) == order_id).values(price_in_cents=1800))
    await shop.pay(order_id)
    shop.clock.advance(timedelta(minutes=11))
    await shop.jobs.attend_sessions(shop.db)
    order, session = await shop.order(order_id), await shop.session(order_id)
    assert (order.status, order.reason, session.ask_due_at) == ("processing", "amount-differs", None)


async def paid_late(shop: Shop, page: Page) -> UUID:
    """At this moment, and after its page has closed, an order that was placed a while ago."""
    shop.clock.advance(-SETTLED - timedelta(minutes=1))
    order_id = await shop.order_on(page)
    shop.clock.advance(SETTLED + timedelta(minutes=1))
    await shop.change(page, PageUpdated, expires_at=shop.clock.now() - timedelta(seconds=5))
    await shop.pay(order_id)
    await shop.hear_all(order_id)
    return order_id


async def test_a_late_payment_of_this_moment_may_still_be_on_its_way_to_stripes_list(shop: Shop) -> None:
    page = await shop.page()
    order_id = await paid_late(shop, page)
    async with shop.db.transaction() as tx:  # as a bank does, days after it was told to pay
        confirmed = shop.clock.now() - timedelta(days=3)
        await tx.session.execute(update(CheckoutSession).values(committed_at=confirmed))
    assert await found(shop) == []
    order = await shop.order(order_id)
    assert (order.reason, order.needs_review) == ("paid-after-expiry", False)


async def test_an_order_keeps_why_it_ended_when_its_money_differs(shop: Shop) -> None:
    page = await shop.page()
    order_id = await paid_late(shop, page)
    async with shop.db.transaction() as tx:
        await tx.session.execute(update(Order).where(col(Order.id) == order_id).values(amount_paid=1800))
    assert await compared(shop) == ["money-differs"]
    assert await in_review(shop, page) == [(str(order_id), "paid-after-expiry")]
    assert await logged(shop, order_id) == ["money-differs"]


@pytest.mark.parametrize("reason", ["paid-twice", "creators-share-differs"], ids=["a review's", "a finding"])
async def test_a_reason_that_was_looked_at_does_not_hide_what_is_found(shop: Shop, reason: str) -> None:
    page = await shop.page()
    order_id = await shop.paid_order_on(page)
    async with shop.db.transaction() as tx:
        changes = {"amount_paid": 1800, "reason": reason}
        await tx.session.execute(update(Order).where(col(Order.id) == order_id).values(changes))
    await compared(shop)
    assert await in_review(shop, page) == [(str(order_id), "money-differs")]


async def test_a_payment_of_an_order_that_had_ended_is_found_as_that(shop: Shop) -> None:
    page = await shop.page()
    order_id = await shop.order_on(page)
    await shop.pay(order_id)
    async with shop.db.transaction() as tx:
        ended = {"status": OrderStatus.EXPIRED, "reason": "session-expired"}
        await tx.session.execute(update(Order).where(col(Order.id) == order_id).values(ended))
    assert await compared(shop) == ["payment-not-recorded"]
    assert await in_review(shop, page) == [(str(order_id), "payment-not-recorded")]


async def paid_besides(shop: Shop, order_id: UUID) -> str:
    """The payment of a session of the order that is not kept here."""
    asked = SessionRequest(
        order_id=order_id, product_name="Guide", amount=700, currency="EUR", destination=shop.account,
        application_fee=0, expires_at=datetime.now(UTC) + timedelta(hours=1), success_url="https://pages.test/o",
        cancel_url="https://pages.test/p",
    )  # fmt: skip
    opened = await shop.service.state["payments"].open_session(asked, f"besides:{order_id}")
    await shop.control(f"/sessions/{opened.id}/pay", {"method": "pay", "email": "buyer@example.test", "name": "Grace"})
    payment: str = (await shop.at_stripe(f"/v1/checkout/sessions/{opened.id}"))["payment_intent"]
    return payment


async def test_a_second_payment_of_an_order_is_found_until_it_has_gone_back(shop: Shop) -> None:
    page = await shop.page()
    order_id = await shop.paid_order_on(page)
    payment = await paid_besides(shop, order_id)
    assert await compared(shop) == ["paid-twice"]
    assert await in_review(shop, page) == [(str(order_id), "paid-twice")]
    await shop.control(f"/charges/{payment}/refund", {"amount": 700})
    shop.clock.advance(timedelta(days=1))
    assert await found(shop) == []


async def test_a_payment_of_an_order_that_was_lost_is_for_a_person_every_day_until_it_has_gone_back(shop: Shop) -> None:
    lost = uuid4()
    payment = await paid_besides(shop, lost)
    await compared(shop)
    assert await logged(shop, lost) == [ORDER_UNKNOWN]
    shop.clock.advance(timedelta(days=1))
    await compared(shop)
    assert len(await logged(shop, lost)) == 2
    await shop.control(f"/charges/{payment}/refund", {"amount": 700})
    shop.clock.advance(timedelta(days=1))
    await compared(shop)
    assert len(await logged(shop, lost)) == 2


async def test_a_day_is_compared_once(shop: Shop) -> None:
    page = await shop.page()
    order_id = await shop.paid_order_on(page)
    assert await compared(shop) == []
    await shop.control(f"/charges/{(await shop.order(order_id)).payment_id}/refund", {"amount": 300})
    assert await found(shop) == []
    shop.clock.advance(timedelta(days=1))
    assert await found(shop) == ["money-differs"]


async def test_an_unpaid_order_that_nobody_asks_about_is_listed(shop: Shop) -> None:
    page = await shop.page()
    order_id, asked = await shop.order_on(page), await shop.order_on(page)
    async with shop.db.transaction() as tx:
        session = await shop.session(order_id)
        tx.session.add(session)
        session.ended()
    shop.clock.advance(timedelta(minutes=11))
    await shop.jobs.reconcile(shop.db)
    assert await in_review(shop, page) == [(str(order_id), "stuck")]
    assert (await shop.order(asked)).needs_review is False
