"""A purchase, from upload to download, through the real gateways."""

import hashlib

import httpx
from local_stack.seller import send_parts

from .journey import MEBIBYTE, Buyer, Creator, Downloads, Inbox, checked, until, zip_like


async def test_a_file_is_sold_and_downloaded_whole(edge: httpx.AsyncClient, creator: Creator, inbox: Inbox) -> None:
    content = zip_like(200 * MEBIBYTE)
    await creator.link_stripe()
    product = await creator.product()
    upload = await creator.begin_upload(product["id"], content)
    lost = upload["parts"][-1]["number"]
    etags = await send_parts(upload["parts"], content, upload["partSizeBytes"], leave_out={lost})
    arrived = (await creator.get(f"/api/catalog/v1/file-uploads/{upload['id']}"))["arrived"]
    assert {part["number"] for part in arrived} == set(etags)
    renewed = await creator.post(f"/api/catalog/v1/file-uploads/{upload['id']}/parts", {"numbers": [lost]}, 200)
    etags |= await send_parts(renewed["parts"], content, upload["partSizeBytes"])
    file = await creator.complete_upload(upload["id"], etags, content)
    assert file["sha256"] == hashlib.sha256(content).hexdigest()
    assert file["storageKey"] == f"products/{creator.id}/{product['id']}/original/guide.zip"
    page = await creator.page(product["id"])
    buyer = Buyer(edge)
    purchase = await buyer.buy(page)
    downloads = Downloads(edge, await purchase.token())
    assert hashlib.sha256(await downloads.fetch()).hexdigest() == file["sha256"]
    mail = await inbox.mail(buyer.email)
    assert f"/d#{downloads.token}" in mail["text"]
    assert f"/d#{downloads.token}" in mail["html"]


async def test_every_event_and_attempt_lands_in_the_append_only_store(
    edge: httpx.AsyncClient, creator: Creator
) -> None:
    page = await creator.ready_to_sell()
    purchase = await Buyer(edge).buy(page)
    await Downloads(edge, await purchase.token()).fetch()
    path = f"/api/delivery/v1/orders/{purchase.order_id}"

    async def recorded() -> list[str] | None:
        types = [event["type"] for event in (await creator.get(f"{path}/events"))["items"]]
        return types if len(types) >= 2 else None

    assert sorted(await until(recorded)) == ["checkout.order.paid.v1", "checkout.order.placed.v1"]
    attempts = (await creator.get(f"{path}/download-attempts"))["items"]
    assert [attempt["outcome"] for attempt in attempts] == ["granted"]

    async def counted() -> bool:
        order = await creator.get(f"/api/checkout/v1/orders/{purchase.order_id}")
        return order["downloadAttempts"] == 1 and order["lastDownloadAt"] is not None

    assert await until(counted)


async def test_the_money_goes_to_the_creator_less_the_fee_and_comes_back_on_refund(
    edge: httpx.AsyncClient, creator: Creator, inbox: Inbox
) -> None:
    page = await creator.ready_to_sell()
    buyer = Buyer(edge)
    purchase = await buyer.buy(page)
    downloads = Downloads(edge, await purchase.token())
    await downloads.status()
    order = await creator.get(f"/api/checkout/v1/orders/{purchase.order_id}")
    assert (order["amountPaid"], order["currency"], order["status"]) == (1900, "EUR", "completed")
    await creator.post(f"/api/checkout/v1/orders/{purchase.order_id}/refunds", {})

    async def refunded() -> bool:
        found = await creator.get(f"/api/checkout/v1/orders/{purchase.order_id}")
        return bool(found["status"] == "refunded" and found["amountRefunded"] == 1900)

    assert await until(refunded)

    async def revoked() -> httpx.Response | None:
        response = await downloads.ask("")
        return None if response.status_code == 200 else response

    refusal = await until(revoked)
    assert refusal.status_code == 410
    assert refusal.headers["content-type"] == "application/problem+json"
    assert await inbox.mail(buyer.email, "refund")


async def test_a_declined_card_pays_nothing_and_a_second_try_does(edge: httpx.AsyncClient, creator: Creator) -> None:
    page = await creator.ready_to_sell()
    buyer = Buyer(edge)
    order_id, url = await buyer.start(page)
    declined = await buyer.choose(url, "decline")
    assert declined.status_code == 402
    assert "declined" in declined.text.lower()
    order = await creator.get(f"/api/checkout/v1/orders/{order_id}")
    assert order["status"] == "processing"
    purchase = await buyer.pay(url)
    assert (await purchase.reaches("completed"))["downloadUrl"]


async def test_attempts_are_limited(edge: httpx.AsyncClient, creator: Creator) -> None:
    await creator.link_stripe()
    product = await creator.product(attemptsAllowed=1)
    await creator.upload(product["id"], zip_like(MEBIBYTE))
    purchase = await Buyer(edge).buy(await creator.page(product["id"]))
    downloads = Downloads(edge, await purchase.token())
    await downloads.fetch()
    again = await downloads.fetch()
    assert len(again) == MEBIBYTE, "a repeat inside the ten-minute window is the same attempt"
    status = await downloads.status()
    assert status["attemptsUsed"] == 1


async def test_a_free_product_needs_no_stripe(edge: httpx.AsyncClient, creator: Creator, inbox: Inbox) -> None:
    product = await creator.product(priceInCents=0)
    content = zip_like(MEBIBYTE)
    await creator.upload(product["id"], content)
    page = await creator.page(product["id"])
    buyer = Buyer(edge)
    order_id, url = await buyer.start(page)
    purchase = buyer.came_back(url)
    assert purchase.order_id == order_id
    assert await Downloads(edge, await purchase.token()).fetch() == content
    assert await inbox.mail(buyer.email)


async def test_nothing_of_one_creator_is_seen_by_another(edge: httpx.AsyncClient, creator: Creator) -> None:
    page = await creator.ready_to_sell()
    purchase = await Buyer(edge).buy(page)
    await purchase.reaches("completed")
    other = await Creator.registered(edge)
    other_page = await other.ready_to_sell()
    other_purchase = await Buyer(edge).buy(other_page)
    await other_purchase.reaches("completed")
    mine = (await other.get("/api/checkout/v1/orders"))["items"]
    assert [order["id"] for order in mine] == [other_purchase.order_id]
    for path in (
        f"/api/pages/v1/pages/{page['id']}",
        f"/api/catalog/v1/products/{page['productId']}",
        f"/api/checkout/v1/orders/{purchase.order_id}",
        f"/api/delivery/v1/orders/{purchase.order_id}/events",
        f"/api/leads/v1/pages/{page['id']}/registrations",
    ):
        response = await edge.get(path, headers=other.headers)
        assert response.status_code == 404, path
        assert checked(response, 404)["type"] == "not-found"


async def test_a_stranger_without_the_proof_sees_no_order(edge: httpx.AsyncClient, creator: Creator) -> None:
    purchase = await Buyer(edge).buy(await creator.ready_to_sell())
    path = f"/api/checkout/v1/orders/{purchase.order_id}/status"
    for headers in ({}, {"Authorization": "Bearer wrong"}):
        assert (await edge.get(path, headers=headers)).status_code in {401, 404}
