"""A dispute suspends; it comes back when won and ends the order when lost, in whatever order it is told."""

import pytest
from chassis.testing import told
from contracts.checkout import DisputeClosed, OrderDisputed

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
