"""From the press of the button to the download link."""

import asyncio
import secrets
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from chassis.keyring import token_hash
from chassis.mirrors import HEARD_WITHIN_SECONDS
from chassis.testing import SettableClock, deliver, owed_mails, told
from contracts.checkout import OrderFailed, OrderPaid, OrderPlaced, StockChanged
from contracts.pages import PageStatus, PageWithdrawn

from .shop import Shop, stripe_account


async def test_a_paid_order_is_told_once_with_the_hash_of_its_link(shop: Shop) -> None:
    page = await shop.page()
    response = await shop.check_out(page)
    order_id = UUID(response.json()["orderId"])
    assert response.json()["url"].startswith(str(shop.stripe.base_url))
    (placed,) = await told(shop.db, OrderPlaced)
    assert (placed.id, placed.status, placed.price_in_cents) == (order_id, "processing", 1900)
    assert await shop.stock(page) == (1, 0, 0)

    await shop.pay(order_id)
    await shop.hear_all(order_id)
    await shop.hear_all(order_id)

    (paid,) = await told(shop.db, OrderPaid)
    links = shop.service.state["links"]
    order = await shop.order(order_id)
    token = links.download_path(order).removeprefix("/d#")
    assert (paid.token_hash, paid.link_generation) == (token_hash(token), 1)
    assert (paid.amount_paid, paid.currency, paid.status) == (1900, "EUR", "completed")
    assert await owed_mails(shop.db) == [("order-link", order_id)]
    assert await shop.stock(page) == (0, 1, 0)


async def test_the_money_goes_to_the_creator_less_the_platforms_share(shop: Shop) -> None:
    page = await shop.page(price=1999)
    order_id = await shop.order_on(page, email="buyer@example.test")
    await shop.pay(order_id)
    session = await shop.at_stripe(f"/v1/checkout/sessions/{(await shop.session(order_id)).stripe_session_id}")
    intent = await shop.at_stripe(f"/v1/payment_intents/{session['payment_intent']}")
    assert intent["transfer_data"]["destination"] == intent["on_behalf_of"] == shop.account
    assert intent["application_fee_amount"] == 99
    assert intent["metadata"] == session["metadata"] == {"order_id": str(order_id)}
    assert session["client_reference_id"] == str(order_id)
    assert session["customer_email"] == "buyer@example.test"
    assert session["success_url"].split("#")[0].endswith(f"/o?order={order_id}")


async def test_what_is_free_needs_no_payment(shop: Shop) -> None:
    page = await shop.page(price=0, limit=1)
    response = await shop.check_out(page, email="Buyer@Example.test")
    order_id = UUID(response.json()["orderId"])
    assert "/o?order=" in response.json()["url"]
    (paid,) = await told(shop.db, OrderPaid)
    assert (paid.id, paid.amount_paid, paid.payment_id) == (order_id, 0, None)
    assert await owed_mails(shop.db) == [("order-link", order_id)]
    assert (await shop.check_out(page)).json()["type"] == "sold-out"


async def test_the_price_is_that_of_the_moment_of_the_order(shop: Shop) -> None:
    page = await shop.page(price=1900)
    first = await shop.order_on(page)
    product = shop.product(page.creator_id, 2900, "EUR", id=page.product_id, version=2)
    await deliver(shop.service, product)
    second = await shop.order_on(page)
    await deliver(shop.service, shop.product(page.creator_id, 1, "EUR", id=page.product_id, version=1))
    third = await shop.order_on(page)
    assert [(await shop.order(order)).price_in_cents for order in (first, second, third)] == [1900, 2900, 2900]


async def test_the_same_key_is_the_same_order(shop: Shop) -> None:
    page = await shop.page()
    first, again = [await shop.check_out(page, key="k1") for _ in range(2)]
    assert first.json() == again.json()
    assert len(await told(shop.db, OrderPlaced)) == 1
    other = await shop.check_out(page, key="k1", email="a@example.test")
    assert (other.status_code, other.json()["type"]) == (422, "idempotency-key-reused")


async def test_no_more_orders_stand_than_there_are_units(shop: Shop) -> None:
    page = await shop.page(price=0, limit=5)
    responses = await asyncio.gather(*(shop.check_out(page) for _ in range(20)))
    assert sorted(response.status_code for response in responses) == [201] * 5 + [409] * 15
    assert await shop.stock(page) == (0, 5, 0)
    assert (await told(shop.db, StockChanged))[-1].remaining == 0


async def test_of_a_page_with_few_units_nobody_holds_one_for_long(shop: Shop) -> None:
    """A session ends with its page, or within the half hour that Stripe asks for."""
    free, capped = await shop.page(), await shop.page(limit=5)
    placed = shop.clock.now()
    ends = [(await shop.session(await shop.order_on(page))).expires_at - placed for page in (free, capped)]
    assert ends[0] > timedelta(minutes=32) > ends[1]


async def test_a_session_ends_with_its_product(shop: Shop) -> None:
    page = await shop.page()
    ends = shop.clock.now() + timedelta(minutes=45)
    await deliver(
        shop.service, shop.product(page.creator_id, 1900, "EUR", id=page.product_id, version=2, expires_at=ends)
    )
    assert (await shop.session(await shop.order_on(page))).expires_at == ends.replace(microsecond=0)


@pytest.mark.parametrize(
    ("starts", "ends", "status", "slug"),
    [(60, 120, 409, "page-not-live"), (-120, -1, 410, "page-expired"), (-120, 0, 410, "page-expired")],
)
async def test_a_page_sells_only_in_its_time(shop: Shop, starts: int, ends: int, status: int, slug: str) -> None:
    now = shop.clock.now()
    page = await shop.page(launch_at=now + timedelta(seconds=starts), expires_at=now + timedelta(seconds=ends))
    response = await shop.check_out(page)
    assert (response.status_code, response.json()["type"]) == (status, slug)
    assert await told(shop.db, OrderPlaced) == []
    assert await shop.stock(page) == (0, 0, 0)


async def test_a_withdrawn_page_sells_no_more(shop: Shop) -> None:
    page = await shop.page()
    now = shop.clock.now()
    await shop.change(page, PageWithdrawn, status=PageStatus.WITHDRAWN, updated_at=now)
    assert (await shop.check_out(page)).json()["type"] == "page-expired"


async def test_what_is_not_for_sale_is_refused(shop: Shop) -> None:
    page = await shop.page()
    await deliver(
        shop.service, shop.product(page.creator_id, 1900, "EUR", id=page.product_id, version=2, is_active=False)
    )
    response = await shop.check_out(page)
    assert (response.status_code, response.json()["type"]) == (409, "product-unavailable")


async def test_a_creator_who_cannot_charge_sells_nothing_but_what_is_free(shop: Shop) -> None:
    page = await shop.page()
    await deliver(shop.service, shop.creator(id=page.creator_id, version=2, charges_enabled=False))
    response = await shop.check_out(page)
    assert (response.status_code, response.json()["type"]) == (409, "creator-cannot-charge")


async def test_a_page_not_heard_of_is_on_its_way_for_a_while_and_then_there_is_none(
    shop: Shop, clock: SettableClock
) -> None:
    unheard = {"shortId": secrets.token_hex(8)}
    response = await shop.client.post("/v1/checkouts", json=unheard)
    assert (response.status_code, response.json()["type"]) == (503, "not-heard-yet")
    assert response.headers["retry-after"] == "1"
    clock.advance(timedelta(seconds=HEARD_WITHIN_SECONDS))
    response = await shop.client.post("/v1/checkouts", json=unheard)
    assert (response.status_code, response.json()["type"]) == (404, "not-found")


async def test_the_form_leads_to_the_payment_page(shop: Shop) -> None:
    page = await shop.page()
    form = {"shortId": page.short_id, "productId": str(page.product_id)}
    response = await shop.client.post("/buy", data=form)
    assert response.status_code == 303
    assert response.headers["location"].startswith(str(shop.stripe.base_url))


async def test_the_form_may_bring_the_address_that_what_is_free_is_mailed_to(shop: Shop) -> None:
    page = await shop.page(price=0)
    for typed, mails in (("", 0), ("grace@example.test", 1)):
        response = await shop.client.post("/buy", data={"shortId": page.short_id, "email": typed})
        assert response.status_code == 303
        thanks = urlsplit(response.headers["location"])
        order_id = parse_qs(thanks.query)["order"][0]
        status = await shop.client.get(f"/v1/orders/{order_id}/status", headers={"X-Order-Proof": thanks.fragment})
        assert status.json()["linkMailed"] is bool(mails)


async def test_a_mistyped_address_is_told_to_eyes(shop: Shop) -> None:
    page = await shop.page(price=0)
    form = {"shortId": page.short_id, "email": "grace@example"}
    response = await shop.client.post("/buy", data=form, headers={"Accept": "text/html"})
    assert (response.status_code, response.headers["content-type"]) == (422, "text/html; charset=utf-8")
    assert f"/p/{page.short_id}" in response.text
    assert (await shop.client.post("/buy", data=form)).json()["errors"][0]["pointer"] == "#/email"


async def test_a_form_shows_no_product_of_another_page(shop: Shop) -> None:
    page, other = await shop.page(price=0), await shop.page(price=4711)
    form = {"shortId": page.short_id, "productId": str(other.product_id), "email": "grace@example"}
    response = await shop.client.post("/buy", data=form, headers={"Accept": "text/html"})
    assert response.status_code == 422
    assert "47.11" not in response.text


async def test_a_form_that_is_refused_says_so_to_eyes(shop: Shop) -> None:
    page = await shop.page(launch_at=shop.clock.now() + timedelta(hours=1))
    headers = {"Accept": "text/html,application/xhtml+xml"}
    response = await shop.client.post("/buy", data={"shortId": page.short_id}, headers=headers)
    assert response.status_code == 409
    assert response.headers["content-type"].startswith("text/html")
    assert f"/p/{page.short_id}" in response.text
    assert (await shop.client.post("/buy", data={"shortId": page.short_id})).json()["type"] == "page-not-live"


async def test_one_address_cannot_hold_everything(shop: Shop) -> None:
    page = await shop.page(price=0)
    responses = [await shop.check_out(page) for _ in range(31)]
    assert responses[-1].status_code == 429
    assert {response.status_code for response in responses[:-1]} == {201}


async def test_a_session_that_was_interrupted_is_carried_on_under_the_same_key(shop: Shop) -> None:
    page = await shop.page(limit=1)
    await shop.control("/faults", {"path": "/v1/checkout/sessions", "answer": "drop", "times": 2})
    interrupted = await shop.check_out(page, key="k1")
    assert (interrupted.status_code, interrupted.json()["type"]) == (503, "payment-provider-unavailable")
    assert await shop.stock(page) == (1, 0, 0)
    again = await shop.check_out(page, key="k1")
    assert again.status_code == 201
    sessions = (await shop.at_stripe("/v1/checkout/sessions", limit=100))["data"]
    assert len([s for s in sessions if s["metadata"].get("order_id") == again.json()["orderId"]]) == 1


async def test_an_interrupted_session_that_nobody_asks_for_again_is_ended(shop: Shop) -> None:
    page = await shop.page(limit=1)
    await shop.control("/faults", {"path": "/v1/checkout/sessions", "answer": "drop", "times": 2})
    await shop.check_out(page)
    shop.clock.advance(timedelta(minutes=1))
    await shop.jobs.attend_sessions(shop.db)
    (failed,) = await told(shop.db, OrderFailed)
    assert (failed.status, failed.reason) == ("expired", "session-expired")
    assert await shop.stock(page) == (0, 0, 0)
    session = await shop.session(failed.id)
    assert (await shop.at_stripe(f"/v1/checkout/sessions/{session.stripe_session_id}"))["status"] == "expired"


async def test_an_error_that_stripe_keeps_is_not_asked_for_again(shop: Shop) -> None:
    page = await shop.page()
    await shop.control("/faults", {"path": "/v1/checkout/sessions", "answer": "error", "status": 500})
    assert (await shop.check_out(page, key="k1")).status_code == 503
    assert (await shop.check_out(page, key="k1")).status_code == 201


async def test_what_stripe_refuses_gives_its_unit_back(shop: Shop) -> None:
    page = await shop.page(limit=1)
    await deliver(
        shop.service,
        shop.creator(id=page.creator_id, version=2, stripe_account=stripe_account("acct_1000000000000000")),
    )
    response = await shop.check_out(page)
    assert (response.status_code, response.json()["type"]) == (409, "payment-refused")
    (failed,) = await told(shop.db, OrderFailed)
    assert failed.reason == "payment-refused"
    assert await shop.stock(page) == (0, 0, 0)
