"""What creators and buyers read of orders, and what nobody else does."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from chassis.clock import new_id
from chassis.keyring import token_hash
from chassis.testing import deliver, owed_mails, sign_in, told
from checkout.mails import BuyerMails
from contracts.checkout import OrderLinkReissued
from contracts.delivery import DownloadAttempted, DownloadGranted, DownloadOutcome
from storefront import Storefront

from .shop import Page, Shop


def proof_of(shop: Shop, order_id: UUID) -> str:
    thanks: str = shop.service.state["links"].thanks_url(order_id)
    return thanks.split("#")[1]


def granted(shop: Shop, page: Page, order_id: UUID) -> DownloadGranted:
    """What delivery tells once the order can be downloaded."""
    return DownloadGranted(
        id=new_id(),
        version=1,
        order_id=order_id,
        creator_id=page.creator_id,
        product_id=page.product_id,
        file_id=new_id(),
        attempts_allowed=5,
        attempts_used=0,
        expires_at=shop.clock.now() + timedelta(days=7),
    )


async def listed(shop: Shop, sold_on: Page, **params: str) -> list[str]:
    response = await shop.client.get("/v1/orders", params=params, headers=sign_in(sold_on.creator_id))
    assert response.status_code == 200, response.text
    return [item["id"] for item in response.json()["items"]]


async def test_orders_are_listed_newest_first_in_pages(shop: Shop) -> None:
    page = await shop.page(price=0)
    await shop.order_on(await shop.page(price=0))
    orders = [str(await shop.order_on(page)) for _ in range(5)][::-1]
    headers = sign_in(page.creator_id)
    found: list[str] = []
    cursor: str | None = None
    while cursor is not None or not found:
        params = {"limit": "2", **({"cursor": cursor} if cursor else {})}
        part = (await shop.client.get("/v1/orders", params=params, headers=headers)).json()
        found += [item["id"] for item in part["items"]]
        cursor = part["nextCursor"]
    assert found == orders


async def test_orders_are_found_by_each_filter(shop: Shop) -> None:
    page = await shop.page()
    paid, waiting = await shop.paid_order_on(page), await shop.order_on(page)
    customer = str((await shop.order(paid)).customer_id)
    between = (await shop.order(waiting)).created_at.isoformat()
    assert await listed(shop, page, status="completed") == [str(paid)]
    assert await listed(shop, page, customer=customer) == [str(paid)]
    assert await listed(shop, page, page=str(page.event.id)) == [str(waiting), str(paid)]
    assert await listed(shop, page, product=str(new_id())) == []
    assert await listed(shop, page, **{"from": between}) == [str(waiting)]
    assert await listed(shop, page, to=between) == [str(paid)]


@pytest.mark.parametrize(
    "params",
    [{"status": "lost"}, {"page": "1"}, {"limit": "101"}, {"cursor": "%"}, {"from": "yesterday"}, {"customer": "x"}],
)
async def test_a_list_names_the_parameter_that_is_wrong(shop: Shop, params: dict[str, str]) -> None:
    response = await shop.client.get("/v1/orders", params=params, headers=sign_in(new_id()))
    assert response.status_code == 422
    assert response.json()["errors"][0]["parameter"] == next(iter(params))


async def test_an_order_is_its_creators_alone(shop: Shop) -> None:
    page = await shop.page()
    order_id = await shop.paid_order_on(page)
    mine = await shop.client.get(f"/v1/orders/{order_id}", headers=sign_in(page.creator_id))
    assert (mine.json()["status"], mine.json()["amountPaid"]) == ("completed", 1900)
    stranger = sign_in(new_id())
    for method, path in (("GET", ""), ("POST", "/refunds"), ("POST", "/link")):
        for known in (order_id, new_id()):
            answer = await shop.client.request(method, f"/v1/orders/{known}{path}", headers=stranger, json={})
            assert (answer.status_code, answer.json()["type"]) == (404, "not-found")
        unsigned = await shop.client.request(method, f"/v1/orders/{order_id}{path}", json={})
        assert unsigned.status_code == 401


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "#/shortId"),
        ({"shortId": "../../x"}, "#/shortId"),
        ({"shortId": "0123456789", "productId": "1"}, "#/productId"),
        ({"shortId": "0123456789", "email": "nobody"}, "#/email"),
        ({"shortId": "0123456789", "price": 1}, "#/price"),
    ],
)
async def test_a_checkout_names_the_field_that_is_wrong(shop: Shop, body: dict[str, object], pointer: str) -> None:
    response = await shop.client.post("/v1/checkouts", json=body)
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["errors"][0]["pointer"] == pointer


async def test_a_form_names_the_field_that_is_wrong(shop: Shop) -> None:
    response = await shop.client.post("/buy", data={"shortId": "x", "price": "1"})
    assert {error["pointer"] for error in response.json()["errors"]} == {"#/shortId", "#/price"}


async def test_a_product_of_another_page_is_refused(shop: Shop) -> None:
    response = await shop.check_out(await shop.page(), productId=str(new_id()))
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (422, "#/productId")


async def test_who_bears_the_proof_sees_the_status_and_the_link(shop: Shop) -> None:
    page = await shop.page()
    order_id = await shop.order_on(page)
    path, headers = f"/v1/orders/{order_id}/status", {"X-Order-Proof": proof_of(shop, order_id)}
    before = (await shop.client.get(path, headers=headers)).json()
    assert (before["status"], before["downloadUrl"], before["accessEndsAt"]) == ("processing", None, None)
    await shop.pay(order_id)
    await shop.hear_all(order_id)
    bearer = {"Authorization": f"Bearer {proof_of(shop, order_id)}"}
    for either in (headers, bearer):
        after = (await shop.client.get(path, headers=either)).json()
        assert after["status"] == "completed"
        assert after["downloadUrl"].startswith("/d#")
        assert after["productName"] == "Field recordings"


async def test_the_download_is_ready_once_delivery_has_told_so(shop: Shop) -> None:
    page = await shop.page()
    order_id = await shop.paid_order_on(page)
    path, headers = f"/v1/orders/{order_id}/status", {"X-Order-Proof": proof_of(shop, order_id)}
    assert (await shop.client.get(path, headers=headers)).json()["downloadReady"] is False
    await deliver(shop.service, granted(shop, page, order_id))
    assert (await shop.client.get(path, headers=headers)).json()["downloadReady"] is True


async def test_the_end_of_a_download_is_the_one_that_was_granted(shop: Shop) -> None:
    """What the product allows may change after the sale."""
    page = await shop.page()
    order_id = await shop.paid_order_on(page)
    path, headers = f"/v1/orders/{order_id}/status", {"X-Order-Proof": proof_of(shop, order_id)}
    grant = granted(shop, page, order_id)
    await deliver(shop.service, grant)
    longer = shop.product(page.creator_id, 1900, "EUR", id=page.product_id, version=2, access_days=30)
    await deliver(shop.service, longer)
    shown = (await shop.client.get(path, headers=headers)).json()["accessEndsAt"]
    assert datetime.fromisoformat(shown) == grant.expires_at


async def test_who_has_bought_is_told_the_creators_thanks_without_what_could_do_harm(shop: Shop) -> None:
    words = "Thank you, **friend**.<script>alert(1)</script> [Join us](https://example.com) [x](javascript:alert(1))"
    page = await shop.page(customization={"thanks": words})
    order_id = await shop.order_on(page)
    path, headers = f"/v1/orders/{order_id}/status", {"X-Order-Proof": proof_of(shop, order_id)}
    assert (await shop.client.get(path, headers=headers)).json()["thanksHtml"] is None
    await shop.pay(order_id)
    await shop.hear_all(order_id)
    html = (await shop.client.get(path, headers=headers)).json()["thanksHtml"]
    assert "<strong>friend</strong>" in html
    assert 'href="https://example.com"' in html
    assert "<script" not in html
    assert 'href="javascript' not in html


async def test_without_the_proof_there_is_nothing(shop: Shop) -> None:
    page = await shop.page()
    order_id, other = await shop.order_on(page), await shop.order_on(page)
    for headers in ({}, {"X-Order-Proof": "x"}, {"X-Order-Proof": proof_of(shop, other)}):
        response = await shop.client.get(f"/v1/orders/{order_id}/status", headers=headers)
        assert (response.status_code, response.json()["type"]) == (404, "not-found")


async def test_the_thanks_page_is_a_shell_that_no_cache_keeps(shop: Shop) -> None:
    order_id = await shop.order_on(await shop.page())
    response = await shop.client.get("/o", params={"order": str(order_id)})
    assert response.status_code == 200
    assert f"/api/checkout/v1/orders/{order_id}/status" in response.text
    assert response.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in response.headers["content-security-policy"]
    for cut_off in ("/o", "/o?order=1"):
        response = await shop.client.get(cut_off)
        assert response.status_code == 200
        assert f"/v1/orders/{UUID(int=0)}/status" in response.text


async def test_a_new_link_ends_the_old_one(shop: Shop) -> None:
    page = await shop.page()
    order_id = await shop.paid_order_on(page)
    links = shop.service.state["links"]
    old = links.download_path(await shop.order(order_id))
    headers = {**sign_in(page.creator_id), "Idempotency-Key": "k1"}
    for _ in range(2):
        response = await shop.client.post(f"/v1/orders/{order_id}/link", headers=headers)
        assert (response.status_code, response.json()["linkGeneration"]) == (202, 2)
    new = links.download_path(await shop.order(order_id))
    assert new != old
    (event,) = await told(shop.db, OrderLinkReissued)
    assert (event.token_hash, event.link_generation) == (token_hash(new.removeprefix("/d#")), 2)
    assert [kind for kind, _ in await owed_mails(shop.db)] == ["order-link", "order-link-reissued"]


async def test_a_refunded_order_gets_no_new_link(shop: Shop) -> None:
    page = await shop.page()
    order_id = await shop.paid_order_on(page)
    await shop.refund(page, order_id)
    response = await shop.client.post(f"/v1/orders/{order_id}/link", headers=sign_in(page.creator_id))
    assert (response.status_code, response.json()["type"]) == (409, "no-access")


async def test_the_mails_say_what_was_bought_and_what_went_back(shop: Shop) -> None:
    page = await shop.page()
    order_id = await shop.paid_order_on(page)
    mails = BuyerMails(Storefront("checkout", "http://pages.test"), shop.service.state["links"]).composers()
    async with shop.db.reading() as session:
        link = await mails["order-link"](session, order_id)
    assert link is not None
    assert link.recipient == "buyer@example.test"
    path = shop.service.state["links"].download_path(await shop.order(order_id))
    assert path in link.text
    await shop.client.post(f"/v1/orders/{order_id}/link", headers=sign_in(page.creator_id))
    await shop.refund(page, order_id)
    owed = dict(await owed_mails(shop.db))
    async with shop.db.reading() as session:
        assert await mails["order-link"](session, order_id) is None
        assert await mails["order-link-reissued"](session, owed["order-link-reissued"]) is None
        refunded = await mails["order-refunded"](session, owed["order-refunded"])
    assert refunded is not None
    assert "19" in refunded.text


async def test_the_newest_download_figures_are_kept(shop: Shop) -> None:
    page = await shop.page(price=0)
    order_id = await shop.order_on(page)
    now = shop.clock.now()

    def attempt(version: int, used: int, outcome: DownloadOutcome) -> DownloadAttempted:
        return DownloadAttempted(
            id=UUID(int=7), version=version, order_id=order_id, creator_id=page.creator_id, product_id=page.product_id,
            file_id=new_id(), attempts_allowed=5, attempts_used=used, expires_at=now, attempt_id=new_id(),
            at=now + timedelta(minutes=version), outcome=outcome, user_agent_family="Firefox",
        )  # fmt: skip

    await deliver(shop.service, attempt(3, 2, DownloadOutcome.GRANTED))
    await deliver(shop.service, attempt(2, 1, DownloadOutcome.GRANTED))
    await deliver(shop.service, attempt(4, 2, DownloadOutcome.REFUSED_EXHAUSTED))
    order = await shop.order(order_id)
    assert (order.download_attempts, order.last_download_at) == (2, now + timedelta(minutes=3))


async def test_a_download_that_failed_on_our_side_was_none(shop: Shop) -> None:
    page = await shop.page(price=0)
    order_id = await shop.order_on(page)
    grant = granted(shop, page, order_id).model_dump()
    for version, used, outcome in ((2, 1, DownloadOutcome.GRANTED), (3, 0, DownloadOutcome.STORAGE_FAILED)):
        more = {"version": version, "attempts_used": used, "outcome": outcome, "attempt_id": new_id()}
        told_now = {**grant, **more, "at": shop.clock.now(), "user_agent_family": "Firefox"}
        await deliver(shop.service, DownloadAttempted(**told_now))
    order = await shop.order(order_id)
    assert (order.download_attempts, order.last_download_at) == (0, None)
