"""Our money is compared with Stripe's; what differs is for a person, and is not mended."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from chassis.testing import sign_in
from checkout.models import Order
from checkout.use_cases.reconcile_money import SETTLED, reconcile_money
from sqlmodel import col, update

from .shop import Page, Shop


async def compared(shop: Shop) -> list[str]:
    """What is found once everything is old enough to be compared."""
    shop.clock.advance(SETTLED + timedelta(minutes=1))
    return [finding.what for finding in await reconcile_money(shop.db, shop.service.state["payments"])]


async def in_review(shop: Shop, page: Page) -> list[Any]:
    listed = await shop.client.get("/v1/orders?needsReview=true", headers=sign_in(page.creator_id))
    return [(order["id"], order["reason"]) for order in listed.json()["items"]]


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


async def test_a_day_is_compared_once(shop: Shop) -> None:
    page = await shop.page()
    order_id = await shop.paid_order_on(page)
    assert await compared(shop) == []
    await shop.control(f"/charges/{(await shop.order(order_id)).payment_id}/refund", {"amount": 300})
    payments = shop.service.state["payments"]
    assert await reconcile_money(shop.db, payments) == []
    shop.clock.advance(timedelta(days=1))
    assert [finding.what for finding in await reconcile_money(shop.db, payments)] == ["money-differs"]


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
