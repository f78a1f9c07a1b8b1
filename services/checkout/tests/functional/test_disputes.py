"""A dispute suspends; it comes back when won and ends the order when lost, in whatever order it is told."""

from uuid import UUID

import pytest
from chassis.testing import told
from contracts.checkout import DisputeClosed, OrderDisputed
from sqlalchemy import text

from .shop import Shop


@pytest.mark.parametrize(("outcome", "status"), [("won", "completed"), ("lost", "charged_back")])
@pytest.mark.parametrize("backwards", [False, True])
async def test_a_dispute_is_opened_and_decided(shop: Shop, outcome: str, status: str, backwards: bool) -> None:
    page = await shop.page()
    order_id = await shop.paid_order_on(page)
    payment = (await shop.order(order_id)).payment_id
    dispute = await shop.control(f"/charges/{payment}/dispute")
    await shop.control(f"/disputes/{dispute['id']}/decide", {"outcome": outcome})
    events = await shop.events_of(order_id)
    for event in events[::-1] if backwards else events:
        await shop.hear(event)
    assert (await shop.order(order_id)).status == status
    assert [event.status for event in await told(shop.db, OrderDisputed)] == ["disputed"]
    assert [event.status for event in await told(shop.db, DisputeClosed)] == [status]


async def test_an_open_dispute_suspends_access_and_refunds(shop: Shop) -> None:
    page = await shop.page()
    order_id = await shop.paid_order_on(page)
    await shop.control(f"/charges/{(await shop.order(order_id)).payment_id}/dispute")
    await shop.hear_all(order_id)
    order = await shop.order(order_id)
    assert (order.status, order.gives_access) == ("disputed", False)
    assert (await shop.refund(page, order_id)).json()["type"] == "not-refundable"


async def test_an_inquiry_is_not_yet_a_dispute(shop: Shop) -> None:
    page = await shop.page()
    order_id = await shop.paid_order_on(page)
    await shop.control(f"/charges/{(await shop.order(order_id)).payment_id}/dispute", {"inquiry": True})
    await shop.hear_all(order_id)
    assert (await shop.order(order_id)).status == "completed"
    assert await told(shop.db, OrderDisputed) == []


async def payment_of(shop: Shop, order_id: UUID) -> str:
    payment_id = (await shop.order(order_id)).payment_id
    assert payment_id is not None
    return payment_id


async def test_of_two_disputes_the_order_waits_for_both(shop: Shop) -> None:
    """The second is told before the first is known to be won."""
    order_id = await shop.paid_order_on(await shop.page())
    payment = await payment_of(shop, order_id)
    first = await shop.control(f"/charges/{payment}/dispute")
    await shop.hear_all(order_id)
    await shop.control(f"/disputes/{first['id']}/decide", {"outcome": "won"})
    second = await shop.control(f"/charges/{payment}/dispute")
    for event in (await shop.events_of(order_id))[::-1]:
        await shop.hear(event)
    assert (await shop.order(order_id)).status == "disputed"
    await shop.control(f"/disputes/{second['id']}/decide", {"outcome": "won"})
    await shop.hear_all(order_id)
    assert (await shop.order(order_id)).status == "completed"


async def test_a_dispute_that_is_lost_after_a_refund_is_for_a_person(shop: Shop) -> None:
    page = await shop.page()
    order_id = await shop.paid_order_on(page)
    await shop.refund(page, order_id)
    dispute = await shop.control(f"/charges/{await payment_of(shop, order_id)}/dispute")
    await shop.hear_all(order_id)
    order = await shop.order(order_id)
    assert (order.status, order.needs_review) == ("refunded", False)
    await shop.control(f"/disputes/{dispute['id']}/decide", {"outcome": "lost"})
    await shop.hear_all(order_id)
    order = await shop.order(order_id)
    assert (order.status, order.needs_review, order.reason) == ("refunded", True, "lost-after-refund")


async def test_a_transition_that_is_refused_is_recorded(shop: Shop) -> None:
    page = await shop.page()
    order_id = await shop.paid_order_on(page)
    await shop.refund(page, order_id)
    await shop.control(f"/charges/{await payment_of(shop, order_id)}/dispute")
    await shop.hear_all(order_id)
    query = "SELECT subject, detail FROM security_log WHERE kind = 'order-transition-refused'"
    async with shop.db.reading() as session:
        (refused,) = (await session.execute(text(query))).all()
    assert refused.subject == order_id
    assert (refused.detail["current"], refused.detail["asked"]) == ("refunded", "disputed")
    assert refused.detail["because"].startswith("evt_")


@pytest.mark.parametrize(("outcome", "status"), [(None, "disputed"), ("lost", "charged_back"), ("won", "completed")])
async def test_a_refund_that_fails_gives_no_access_while_a_dispute_stands(
    shop: Shop, outcome: str | None, status: str
) -> None:
    page = await shop.page()
    order_id = await shop.paid_order_on(page)
    await shop.control("/refunds/next", {"outcome": "pending"})
    await shop.refund(page, order_id)
    payment = await payment_of(shop, order_id)
    dispute = await shop.control(f"/charges/{payment}/dispute")
    if outcome is not None:
        await shop.control(f"/disputes/{dispute['id']}/decide", {"outcome": outcome})
    await shop.hear_all(order_id)
    (refund,) = (await shop.at_stripe("/v1/refunds", payment_intent=payment))["data"]
    await shop.control(f"/refunds/{refund['id']}/outcome", {"outcome": "failed"})
    await shop.hear_all(order_id)
    order = await shop.order(order_id)
    assert (order.status, order.gives_access) == (status, outcome == "won")
