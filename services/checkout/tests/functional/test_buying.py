"""The form of the public page: what it brings along, and what becomes of who mistyped."""

import re

import pytest
from chassis.testing import told
from contracts.checkout import OrderPaid, OrderPlaced

from .shop import Shop
from .test_prices import offer, open_price

BROWSER = {"Accept": "text/html,application/xhtml+xml"}


def typed_into(html: str, name: str) -> str:
    """What stands in the field `name`."""
    (field,) = re.findall(rf'<input[^>]*\bname="{name}"[^>]*>', html)
    found = re.search(r'value="([^"]*)"', field)
    assert found is not None, field
    return found[1]


async def test_a_code_that_is_not_known_brings_the_form_back_as_it_was_filled_in(shop: Shop) -> None:
    page = await shop.page(customization={"accent": "#7a1f5c"})
    form = {"shortId": page.short_id, "code": "SPRINGG", "source": "x.com", "productId": str(page.product_id)}
    refused = await shop.client.post("/buy", data=form, headers=BROWSER)
    assert refused.status_code == 409
    assert "This page has no such discount code" in refused.text
    assert typed_into(refused.text, "code") == "SPRINGG"
    assert {name: typed_into(refused.text, name) for name in ("shortId", "source", "productId")} == {
        name: form[name] for name in ("shortId", "source", "productId")
    }
    assert 'aria-invalid="true"' in refused.text
    assert "accent-7a1f5c" in refused.text
    assert "form-action 'self' http" in refused.headers["content-security-policy"]
    assert await told(shop.db, OrderPlaced) == []


async def test_put_right_the_form_buys_at_the_lower_price(shop: Shop) -> None:
    page = await shop.page(price=1900)
    await offer(shop, page)
    bought = await shop.client.post("/buy", data={"shortId": page.short_id, "code": " spring "}, headers=BROWSER)
    assert bought.status_code == 303
    (placed,) = await told(shop.db, OrderPlaced)
    assert placed.discount_in_cents == 950


async def test_the_form_sent_twice_under_one_key_is_one_order(shop: Shop) -> None:
    page = await shop.page(limit=2)
    key = {**BROWSER, "Idempotency-Key": "k1"}
    first, again = [await shop.client.post("/buy", data={"shortId": page.short_id}, headers=key) for _ in range(2)]
    assert first.status_code == 303, first.text
    assert (again.status_code, again.headers["location"]) == (303, first.headers["location"])
    assert len(await told(shop.db, OrderPlaced)) == 1
    other = {"shortId": page.short_id, "source": "x.com"}
    reused = await shop.client.post("/buy", data=other, headers={"Idempotency-Key": "k1"})
    assert (reused.status_code, reused.json()["type"]) == (422, "idempotency-key-reused")


async def test_a_code_counted_by_customer_asks_for_the_address(shop: Shop) -> None:
    page = await shop.page(price=1900)
    await offer(shop, page, maxUsesPerCustomer=1)
    form = {"shortId": page.short_id, "code": "SPRING"}
    asked = await shop.client.post("/buy", data=form, headers=BROWSER)
    assert asked.status_code == 422
    assert (typed_into(asked.text, "code"), typed_into(asked.text, "email")) == ("SPRING", "")
    bought = await shop.client.post("/buy", data={**form, "email": "grace@example.test"}, headers=BROWSER)
    assert bought.status_code == 303


@pytest.mark.parametrize(
    ("amount", "said"),
    [("4.99", "The least that can be paid is 5.00 EUR."), ("", "5.00 EUR or more"), ("lots", "like 12.50")],
)
async def test_an_amount_that_cannot_be_taken_is_named_in_the_buyers_own_units(
    shop: Shop, amount: str, said: str
) -> None:
    page = await open_price(shop, least=500)
    refused = await shop.client.post("/buy", data={"shortId": page.short_id, "amount": amount}, headers=BROWSER)
    assert refused.status_code == 422
    assert said in refused.text
    assert typed_into(refused.text, "amount") == amount


async def test_an_address_that_cannot_be_one_is_named_at_its_field(shop: Shop) -> None:
    page = await shop.page(price=0)
    refused = await shop.client.post("/buy", data={"shortId": page.short_id, "email": "grace@"}, headers=BROWSER)
    assert refused.status_code == 422
    assert typed_into(refused.text, "email") == "grace@"


async def test_what_the_buyer_cannot_put_right_leads_back_to_the_page(shop: Shop) -> None:
    page = await shop.page(limit=1)
    await shop.order_on(page)
    refused = await shop.client.post("/buy", data={"shortId": page.short_id, "code": "X"}, headers=BROWSER)
    assert refused.status_code == 409
    assert "<form" not in refused.text
    assert f'href="/p/{page.short_id}"' in refused.text


@pytest.mark.parametrize(("given", "kept"), [("X.com", "x.com"), ("ada@example.com", "other"), ("", None)])
async def test_what_brought_the_buyer_is_kept_and_told(shop: Shop, given: str, kept: str | None) -> None:
    page = await shop.page()
    by_json = await shop.paid_order_on(page, source=given)
    await shop.client.post("/buy", data={"shortId": page.short_id, "source": given})
    assert [placed.source for placed in await told(shop.db, OrderPlaced)] == [kept, kept]
    assert [paid.source for paid in await told(shop.db, OrderPaid)] == [kept]
    assert (await shop.order(by_json)).source == kept
