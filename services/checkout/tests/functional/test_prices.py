"""What buyers pay: their own price, prices less a discount, and who may still pay when the page has closed."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from chassis.testing import deliver, sign_in, told
from contracts.catalog import Pricing, ProductUpdated
from contracts.checkout import OrderPaid, OrderPlaced
from contracts.pages import LatePayment

from .shop import Page, Shop


async def open_price(shop: Shop, least: int = 500) -> Page:
    page = await shop.page(price=least)
    product = shop.product(page.creator_id, least, "EUR", id=page.product_id, version=2)
    changed = {**product.model_dump(), "pricing": Pricing.PAY_WHAT_YOU_WANT}
    await deliver(shop.service, ProductUpdated.model_validate(changed))
    return page


async def offer(shop: Shop, page: Page, code: str = "SPRING", **more: Any) -> httpx.Response:
    body = {"salesPageId": str(page.event.id), "code": code, **({"percentOff": 50} | more)}
    kept = {name: value for name, value in body.items() if value is not None}
    return await shop.client.post("/v1/discount-codes", json=kept, headers=sign_in(page.creator_id))


async def test_a_buyer_pays_what_they_want(shop: Shop) -> None:
    page = await open_price(shop)
    order_id = await shop.paid_order_on(page, amountInCents=1234)
    assert (await shop.order(order_id)).amount_paid == 1234
    assert (await shop.ledger(order_id))[0] == 1234


@pytest.mark.parametrize(
    ("body", "pointer"),
    [({}, "#/amountInCents"), ({"amountInCents": 499}, "#/amountInCents"), ({"amountInCents": -1}, "#/amountInCents")],
)
async def test_less_than_the_least_is_refused(shop: Shop, body: dict[str, Any], pointer: str) -> None:
    refused = await shop.check_out(await open_price(shop), **body)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_a_fixed_price_cannot_be_chosen(shop: Shop) -> None:
    refused = await shop.check_out(await shop.page(price=1900), amountInCents=100)
    assert refused.json()["errors"][0]["pointer"] == "#/amountInCents"


async def test_from_nothing_upwards_but_not_less_than_can_be_charged(shop: Shop) -> None:
    page = await open_price(shop, least=0)
    assert (await shop.check_out(page, amountInCents=49)).status_code == 422
    assert (await shop.order(await shop.order_on(page, amountInCents=0))).status == "completed"


@pytest.mark.parametrize(("typed", "cents"), [("12.50", 1250), ("12,5", 1250), ("12", 1200)])
async def test_the_form_takes_an_amount_as_it_is_typed(shop: Shop, typed: str, cents: int) -> None:
    page = await open_price(shop)
    bought = await shop.client.post("/buy", data={"shortId": page.short_id, "amount": typed})
    assert bought.status_code == 303
    assert [placed.price_in_cents for placed in await told(shop.db, OrderPlaced)] == [cents]


@pytest.mark.parametrize("typed", ["12.505", "-3", "many", "1e99999", "1e919999", "NaN", "1,000"])
async def test_an_amount_that_is_none_is_refused_by_name(shop: Shop, typed: str) -> None:
    page = await open_price(shop)
    refused = await shop.client.post("/buy", data={"shortId": page.short_id, "amount": typed})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "#/amount")


async def test_a_discount_is_taken_off_and_told(shop: Shop) -> None:
    page = await shop.page(price=1900)
    code = (await offer(shop, page)).json()
    order_id = await shop.paid_order_on(page, discountCode="spring")
    order = await shop.order(order_id)
    assert (order.price_in_cents, order.discount_in_cents, order.amount_paid) == (1900, 950, 950)
    paid = (await told(shop.db, OrderPaid))[0]
    assert (paid.discount_in_cents, str(paid.discount_code_id)) == (950, code["id"])


@pytest.mark.parametrize(
    ("terms", "due"),
    [
        ({"percentOff": 100}, 0),
        ({"percentOff": None, "amountOffInCents": 400, "currency": "EUR"}, 1500),
        ({"percentOff": None, "amountOffInCents": 5000, "currency": "EUR"}, 0),
        ({"percentOff": None, "amountOffInCents": 1870, "currency": "EUR"}, 0),
    ],
)
async def test_what_is_left_can_be_charged_or_is_nothing(shop: Shop, terms: dict[str, Any], due: int) -> None:
    page = await shop.page(price=1900)
    await offer(shop, page, **terms)
    order = await shop.order(await shop.order_on(page, discountCode="SPRING"))
    assert (order.amount_due, order.status) == (due, "processing" if due else "completed")


async def test_a_code_has_a_window(shop: Shop) -> None:
    page, now = await shop.page(), shop.clock.now()
    window = {"startsAt": (now + timedelta(minutes=5)).isoformat(), "endsAt": (now + timedelta(minutes=9)).isoformat()}
    await offer(shop, page, **window)
    answers = []
    for minutes in (0, 5, 4):
        shop.clock.advance(timedelta(minutes=minutes))
        answers.append((await shop.check_out(page, discountCode="SPRING")).json().get("type"))
    assert answers == ["discount-code-not-valid", None, "discount-code-not-valid"]


async def test_of_many_at_once_no_more_than_the_cap_use_a_code(shop: Shop) -> None:
    page = await shop.page(price=1900)
    await offer(shop, page, percentOff=100, maxUses=3)
    answers = await asyncio.gather(*(shop.check_out(page, discountCode="SPRING") for _ in range(12)))
    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [409] * 9
    assert {a.json()["type"] for a in answers if a.status_code == 409} == {"discount-code-used-up"}


async def test_a_customer_uses_a_code_as_often_as_it_says(shop: Shop) -> None:
    page = await shop.page(price=1900)
    await offer(shop, page, maxUsesPerCustomer=1)
    grace = {"discountCode": "SPRING", "email": "grace@example.test"}
    answers = await asyncio.gather(*(shop.check_out(page, **grace) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert (await shop.check_out(page, discountCode="SPRING", email="ada@example.test")).status_code == 201
    unnamed = await shop.check_out(page, discountCode="SPRING")
    assert unnamed.json()["errors"][0]["pointer"] == "#/email"


async def test_an_order_that_ends_unpaid_gives_its_code_back(shop: Shop) -> None:
    page = await shop.page(price=1900)
    await offer(shop, page, maxUses=1)
    order_id = await shop.order_on(page, discountCode="SPRING")
    assert (await shop.check_out(page, discountCode="SPRING")).status_code == 409
    await shop.control(f"/sessions/{(await shop.session(order_id)).stripe_session_id}/elapse")
    await shop.hear_all(order_id)
    assert (await shop.check_out(page, discountCode="SPRING")).status_code == 201


async def test_codes_are_the_creators_own(shop: Shop) -> None:
    page, other = await shop.page(), await shop.page()
    code = (await offer(shop, page)).json()
    path, stranger = f"/v1/discount-codes/{code['id']}", sign_in(other.creator_id)
    seen = [
        await shop.client.get(path, headers=stranger),
        await shop.client.delete(path, headers=stranger),
        await shop.client.patch(path, json={"maxUses": 1}, headers={**stranger, "If-Match": "*"}),
        await shop.client.post(
            "/v1/discount-codes",
            json={"salesPageId": str(page.event.id), "code": "MINE", "percentOff": 1},
            headers=stranger,
        ),
    ]
    assert [answer.status_code for answer in seen] == [404] * 4
    assert (await shop.client.get("/v1/discount-codes", headers=stranger)).json()["items"] == []


async def test_a_code_is_changed_and_withdrawn(shop: Shop) -> None:
    page = await shop.page()
    made = await offer(shop, page)
    path, mine = f"/v1/discount-codes/{made.json()['id']}", sign_in(page.creator_id)
    assert (await offer(shop, page, code="spring")).json()["type"] == "discount-code-taken"
    changed = await shop.client.patch(path, json={"maxUses": 9}, headers={**mine, "If-Match": made.headers["etag"]})
    assert (changed.status_code, changed.json()["maxUses"]) == (200, 9)
    assert (await shop.client.patch(path, json={}, headers=mine)).status_code == 428
    assert (await shop.client.delete(path, headers=mine)).status_code == 204
    assert (await shop.check_out(page, discountCode="SPRING")).json()["type"] == "discount-code-unknown"


@pytest.mark.parametrize(
    "body", [{"percentOff": 0}, {"percentOff": 101}, {"amountOffInCents": 5}, {"percentOff": None}, {"code": "a b"}]
)
async def test_terms_that_make_no_sense_are_refused(shop: Shop, body: dict[str, Any]) -> None:
    refused = await offer(shop, await shop.page(), **{"code": "SPRING", **body})
    assert (refused.status_code, refused.json()["type"]) == (422, "validation")


@pytest.mark.parametrize(("policy", "status"), [(LatePayment.GRACE, "completed"), (LatePayment.HARD, "expired")])
async def test_the_pages_policy_decides_over_open_sessions(shop: Shop, policy: LatePayment, status: str) -> None:
    page = await shop.page(late_payment=policy)
    order_id = await shop.order_on(page)
    shop.clock.advance(timedelta(hours=2, seconds=1))
    await shop.jobs.attend_sessions(shop.db)
    assert (await shop.check_out(page)).status_code == 410
    if policy is LatePayment.GRACE:
        await shop.pay(order_id)
        await shop.hear_all(order_id)
    assert (await shop.order(order_id)).status == status
