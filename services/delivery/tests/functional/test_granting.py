"""A paid order is granted exactly once, as far as what else happened to it allows, whatever order that comes in."""

import asyncio
from collections.abc import Callable
from itertools import permutations

import pytest
from chassis.clock import new_id
from chassis.lifecycle import Service
from chassis.testing import SettableClock, deliver, sign_in, told, until_somebody_waits_for
from contracts.catalog import ProductPublished
from contracts.checkout import DisputeClosed, OrderDisputed, OrderLinkReissued, OrderRefunded, OrderStatus
from contracts.delivery import DownloadGranted, DownloadRevoked
from delivery import store
from delivery.errors import ProductNotHeard
from httpx import AsyncClient

from .conftest import Order, ask


async def test_a_paid_order_is_granted_exactly_once(service: Service, order: Order, product: ProductPublished) -> None:
    for _ in range(2):
        await deliver(service, order.paid())
    (grant,) = await told(service.db, DownloadGranted)
    assert (grant.order_id, grant.attempts_allowed, grant.attempts_used) == (order.id, 2, 0)
    assert product.file is not None
    assert grant.file_id == product.file.id


async def test_a_payment_for_a_product_not_heard_of_is_tried_again(
    service: Service, order: Order, clock: SettableClock
) -> None:
    unknown = order.paid(product_id=new_id())
    with pytest.raises(ProductNotHeard):
        await deliver(service, unknown)
    assert await told(service.db, DownloadGranted) == []


async def test_a_refund_ends_access_whatever_order_it_is_heard_in(
    service: Service, client: AsyncClient, new_order: Callable[[], Order]
) -> None:
    for which in permutations(("placed", "paid", "refunded")):
        order = new_order()
        refund = order.event(OrderRefunded, 3, status=OrderStatus.REFUNDED, access_revoked=True)
        events = {"placed": order.placed(), "paid": order.paid(), "refunded": refund}
        for name in which:
            await deliver(service, events[name])
        refused = await ask(client, order)
        assert (refused.status_code, refused.json()["type"]) == (410, "download-refunded"), which


async def test_a_refund_that_failed_gives_access_again(service: Service, client: AsyncClient, paid: Order) -> None:
    refund = paid.event(OrderRefunded, 3, status=OrderStatus.REFUNDED, access_revoked=True)
    failed = paid.event(OrderRefunded, 4, status=OrderStatus.COMPLETED, access_revoked=False)
    for event in (refund, failed, refund):
        await deliver(service, event)
    assert (await ask(client, paid)).status_code == 200


async def test_a_partial_refund_with_access_leaves_the_download(
    service: Service, client: AsyncClient, paid: Order
) -> None:
    refund = paid.event(OrderRefunded, 3, status=OrderStatus.PARTIALLY_REFUNDED, access_revoked=False)
    await deliver(service, refund)
    assert (await ask(client, paid)).status_code == 200


@pytest.mark.parametrize(("status", "opens"), [(OrderStatus.COMPLETED, True), (OrderStatus.CHARGED_BACK, False)])
async def test_a_dispute_suspends_until_it_is_decided(
    service: Service, client: AsyncClient, paid: Order, status: OrderStatus, *, opens: bool
) -> None:
    await deliver(service, paid.event(OrderDisputed, 3, status=OrderStatus.DISPUTED))
    assert (await ask(client, paid)).json()["type"] == "download-suspended"
    await deliver(service, paid.event(DisputeClosed, 4, status=status))
    assert (await ask(client, paid)).is_success is opens
    await deliver(service, paid.event(OrderDisputed, 3, status=OrderStatus.DISPUTED))
    assert (await ask(client, paid)).is_success is opens, "an older event heard later changes nothing"


async def test_a_dispute_that_is_won_does_not_undo_what_the_creator_took_back(
    service: Service, client: AsyncClient, paid: Order
) -> None:
    headers = sign_in(paid.creator_id)
    (grant,) = (await client.get("/v1/grants", params={"orderId": str(paid.id)}, headers=headers)).json()["items"]
    await client.post(f"/v1/grants/{grant['id']}/revoke", headers=headers)
    await deliver(service, paid.event(OrderDisputed, 3, status=OrderStatus.DISPUTED))
    assert (await ask(client, paid)).json()["type"] == "download-suspended"
    await deliver(service, paid.event(DisputeClosed, 4, status=OrderStatus.COMPLETED))
    assert (await ask(client, paid)).json()["type"] == "download-revoked"
    await client.post(f"/v1/grants/{grant['id']}/restore", headers=headers)
    assert (await ask(client, paid)).status_code == 200


async def test_a_new_link_opens_and_the_old_one_dies(service: Service, client: AsyncClient, paid: Order) -> None:
    from chassis.keyring import token_hash

    newest = "n" * 43
    reissued = paid.event(OrderLinkReissued, 3, token_hash=token_hash(newest), link_generation=2)
    await deliver(service, reissued)
    assert (await ask(client, paid)).status_code == 404
    assert (await client.post("/v1/downloads", json={"token": newest})).status_code == 200


async def test_a_creator_revokes_restores_and_resets(service: Service, client: AsyncClient, paid: Order) -> None:
    headers = sign_in(paid.creator_id)
    await ask(client, paid)
    (grant,) = (await client.get("/v1/grants", params={"orderId": str(paid.id)}, headers=headers)).json()["items"]
    assert grant["attemptsUsed"] == 1
    for action, status in (("revoke", 410), ("restore", 200)):
        answer = await client.post(f"/v1/grants/{grant['id']}/{action}", headers=headers)
        assert answer.status_code == 200
        assert (await ask(client, paid)).status_code == status
    reset = await client.post(f"/v1/grants/{grant['id']}/reset-attempts", headers=headers)
    assert reset.json()["attemptsUsed"] == 0
    assert len(await told(service.db, DownloadRevoked)) == 1


async def test_what_a_refund_ended_is_not_restored_by_hand(service: Service, client: AsyncClient, paid: Order) -> None:
    headers = sign_in(paid.creator_id)
    await deliver(service, paid.event(OrderRefunded, 3, status=OrderStatus.REFUNDED, access_revoked=True))
    (grant,) = (await client.get("/v1/grants", params={"orderId": str(paid.id)}, headers=headers)).json()["items"]
    answer = await client.post(f"/v1/grants/{grant['id']}/restore", headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (409, "order-closed")


async def test_a_creator_who_restores_holds_nothing_that_who_follows_the_order_waits_for(
    service: Service, client: AsyncClient, paid: Order
) -> None:
    headers = sign_in(paid.creator_id)
    (grant,) = (await client.get("/v1/grants", params={"orderId": str(paid.id)}, headers=headers)).json()["items"]
    async with service.db.transaction() as follows:
        await store.access_of(follows.session, paid.id)
        restoring = asyncio.create_task(client.post(f"/v1/grants/{grant['id']}/restore", headers=headers))
        await until_somebody_waits_for(follows)
        await follows.session.execute(store.grants_of_order(paid.id).with_for_update(nowait=True))
    assert (await restoring).status_code == 200


async def test_another_creator_finds_nothing(client: AsyncClient, paid: Order) -> None:
    other = sign_in(new_id())
    mine = await client.get("/v1/grants", params={"orderId": str(paid.id)}, headers=sign_in(paid.creator_id))
    grant = mine.json()["items"][0]["id"]
    answers = [
        await client.get(f"/v1/orders/{paid.id}/events", headers=other),
        await client.get(f"/v1/orders/{paid.id}/download-attempts", headers=other),
        await client.get("/v1/grants", params={"orderId": str(paid.id)}, headers=other),
        *[await client.post(f"/v1/grants/{grant}/{a}", headers=other) for a in ("revoke", "restore", "reset-attempts")],
    ]
    assert {(answer.status_code, answer.json()["type"]) for answer in answers} == {(404, "not-found")}
    assert (await ask(client, paid)).status_code == 200
