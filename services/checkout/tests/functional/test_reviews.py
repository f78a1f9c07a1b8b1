"""A person ends a review; of what was paid and not fulfilled, only once the money has gone back."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from chassis.clock import new_id
from chassis.testing import sign_in, told
from contracts.checkout import OrderFailed
from contracts.pages import PageUpdated

from .shop import Page, Shop

REFUSES = {"path": "/v1/refunds", "method": "POST", "answer": "error", "status": 402, "act": False}


async def end_review(shop: Shop, page: Page, order_id: UUID) -> httpx.Response:
    return await shop.client.delete(f"/v1/orders/{order_id}/review", headers=sign_in(page.creator_id))


async def paid_late(shop: Shop, page: Page) -> UUID:
    """An order that was paid after its page had closed."""
    order_id = await shop.order_on(page)
    await shop.change(page, PageUpdated, expires_at=shop.clock.now() - timedelta(seconds=5))
    await shop.pay(order_id)
    await shop.hear_all(order_id)
    return order_id


async def paid_late_and_kept(shop: Shop, page: Page) -> UUID:
    """Stripe would not refund it."""
    order_id = await paid_late(shop, page)
    await shop.control("/faults", REFUSES)
    await shop.jobs.carry_out_refunds(shop.db)
    order = await shop.order(order_id)
    assert (order.status, order.reason) == ("expired", "late-payment-not-refunded")
    return order_id


async def paid_otherwise_than_asked(shop: Shop, page: Page) -> UUID:
    """An order that had expired."""
    order_id = await shop.order_on(page)
    await shop.pay(order_id)
    completed = next(e for e in await shop.events_of(order_id) if e["type"] == "checkout.session.completed")
    session = {**completed["data"]["object"], "status": "expired", "payment_status": "unpaid"}
    expired = {"id": f"evt_{new_id().hex}", "type": "checkout.session.expired", "data": {"object": session}}
    await shop.hear({**completed, **expired})
    completed["data"]["object"]["amount_total"] = 1
    await shop.hear(completed)
    order = await shop.order(order_id)
    assert (order.status, order.reason, await shop.stock(page)) == ("expired", "amount-differs", (0, 0, 1))
    return order_id


async def lost_to_a_bank(shop: Shop, order_id: UUID) -> None:
    dispute = await shop.control(f"/charges/{(await shop.order(order_id)).payment_id}/dispute")
    await shop.control(f"/disputes/{dispute['id']}/decide", {"outcome": "lost"})
    await shop.hear_all(order_id)


async def waits_until_it_is_refunded(shop: Shop, page: Page, order_id: UUID) -> None:
    refused = await end_review(shop, page, order_id)
    assert (refused.status_code, refused.json()["type"]) == (409, "review-open")
    assert (await shop.order(order_id)).needs_review
    assert (await shop.refund(page, order_id)).status_code == 201
    order = await shop.order(order_id)
    assert (order.status, order.needs_review, order.amount_refunded) == ("refunded", False, order.amount_paid)


async def test_a_late_payment_that_could_not_be_refunded_waits_until_it_is(shop: Shop) -> None:
    page = await shop.page()
    order_id = await paid_late_and_kept(shop, page)
    await waits_until_it_is_refunded(shop, page, order_id)
    assert await shop.ledger(order_id) == (1900, 1900)


async def test_a_late_payment_whose_refund_failed_afterwards_waits_until_it_is_refunded(shop: Shop) -> None:
    page = await shop.page()
    order_id = await paid_late(shop, page)
    await shop.jobs.carry_out_refunds(shop.db)
    payment = (await shop.order(order_id)).payment_id
    (refund,) = (await shop.at_stripe("/v1/refunds", payment_intent=payment))["data"]
    await shop.control(f"/refunds/{refund['id']}/outcome", {"outcome": "failed"})
    await shop.hear_all(order_id)
    order = await shop.order(order_id)
    assert (order.status, order.amount_refunded) == ("refunded", 0)
    await waits_until_it_is_refunded(shop, page, order_id)
    assert await shop.ledger(order_id) == (1900, 1900)


async def test_a_late_payment_whose_refund_fails_at_once_waits_until_it_is_refunded(shop: Shop) -> None:
    page = await shop.page()
    order_id = await paid_late(shop, page)
    await shop.control("/refunds/next", {"outcome": "failed"})
    await shop.jobs.carry_out_refunds(shop.db)
    await shop.hear_all(order_id)
    order = await shop.order(order_id)
    assert (order.status, order.reason) == ("expired", "late-payment-not-refunded")
    await waits_until_it_is_refunded(shop, page, order_id)
    assert await shop.ledger(order_id) == (1900, 1900)


async def test_what_an_expired_order_was_paid_otherwise_than_asked_waits_with_its_unit(shop: Shop) -> None:
    page = await shop.page(limit=1)
    order_id = await paid_otherwise_than_asked(shop, page)
    await waits_until_it_is_refunded(shop, page, order_id)
    assert await shop.stock(page) == (0, 0, 0)


async def test_a_late_payment_that_a_bank_took_back_waits_for_nothing(shop: Shop) -> None:
    page = await shop.page()
    order_id = await paid_late_and_kept(shop, page)
    assert (await end_review(shop, page, order_id)).status_code == 409
    await lost_to_a_bank(shop, order_id)
    assert (await end_review(shop, page, order_id)).status_code == 204
    assert not (await shop.order(order_id)).needs_review


async def unfinished(shop: Shop, page: Page) -> UUID:
    """An order with a discount that was paid otherwise than asked."""
    terms = {"code": "SPRING", "percentOff": 10, "maxUses": 1, "salesPageId": str(page.event.id)}
    offered = await shop.client.post("/v1/discount-codes", json=terms, headers=sign_in(page.creator_id))
    assert offered.status_code == 201, offered.text
    order_id = await shop.order_on(page, discountCode="SPRING")
    await shop.pay(order_id)
    completed = next(e for e in await shop.events_of(order_id) if e["type"] == "checkout.session.completed")
    completed["data"]["object"]["amount_total"] = 1
    await shop.hear(completed)
    assert await shop.stock(page) == (0, 0, 1)
    return order_id


async def refunded(shop: Shop, page: Page, order_id: UUID) -> None:
    assert (await shop.refund(page, order_id)).status_code == 201


async def lost(shop: Shop, page: Page, order_id: UUID) -> None:
    assert (await end_review(shop, page, order_id)).status_code == 409
    await lost_to_a_bank(shop, order_id)
    assert (await end_review(shop, page, order_id)).status_code == 204


@pytest.mark.parametrize(("gone", "status"), [(refunded, "refunded"), (lost, "failed")])
async def test_an_unfinished_order_whose_money_is_gone_gives_back_what_it_held(
    shop: Shop, gone: Callable[[Shop, Page, UUID], Awaitable[None]], status: str
) -> None:
    page = await shop.page(limit=1)
    order_id = await unfinished(shop, page)
    await gone(shop, page, order_id)
    order = await shop.order(order_id)
    assert (order.status, order.needs_review, await shop.stock(page)) == (status, False, (0, 0, 0))
    assert len(await told(shop.db, OrderFailed)) == 1
    await shop.order_on(page, discountCode="SPRING")


async def test_with_its_review_ends_what_it_held_of_the_stock(shop: Shop) -> None:
    page = await shop.page(limit=1)
    order_id = await paid_otherwise_than_asked(shop, page)
    await lost_to_a_bank(shop, order_id)
    assert (await end_review(shop, page, order_id)).status_code == 204
    assert await shop.stock(page) == (0, 0, 0)
