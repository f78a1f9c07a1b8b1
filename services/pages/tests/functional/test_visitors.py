"""What anybody sees of a page, as JSON and as HTML, in each of its states: the clock alone decides."""

from datetime import timedelta

import httpx
from chassis.db import Database
from chassis.lifecycle import Service
from chassis.testing import SettableClock, deliver, until
from contracts.catalog import CreatorUpdated, ProductExpired, ProductUpdated, ProductWithdrawn
from sqlalchemy import text
from storefront.formats import iso

from .conftest import DAY, HOUR, PUBLIC_URL, Seller, Visitor, instant

FORM = [{"name": "size", "label": "Your size", "type": "select", "required": True, "options": ["S", "M"]}]


async def test_a_page_opens_and_closes_at_its_instants(seller: Seller, visitor: Visitor, clock: SettableClock) -> None:
    page = await seller.announces()
    launch_at, expires_at = instant(page["launchAt"]), instant(page["expiresAt"])
    a_moment = timedelta(milliseconds=500)
    for at, state in (
        (launch_at - a_moment, "pre_launch"),
        (launch_at, "live"),
        (expires_at - a_moment, "live"),
        (expires_at, "expired"),
        (expires_at + 365 * DAY, "expired"),
    ):
        clock.hold(at)
        assert await visitor.state(page) == state


async def test_the_public_document_has_what_anyone_may_know(seller: Seller, visitor: Visitor) -> None:
    product = await seller.sells()
    says = {"title": "Birds", "accent": "#336699"}
    page = await seller.announces(
        productIds=[str(product.id)], customization=says, registrationForm=FORM, quantityLimit=5
    )
    before = seller.now()
    answer = await visitor.json(page)
    document = answer.json()
    assert before <= instant(document.pop("serverNow")) <= seller.now()
    assert document.pop("products") == [
        {
            "id": str(product.id),
            "name": "Field Guide",
            "description": "All the birds.",
            "priceInCents": 1900,
            "currency": "EUR",
            "pricing": "fixed",
            "suggestedPriceInCents": None,
            "file": {"fileName": "birds.pdf", "fileType": "application/pdf", "fileSizeBytes": 2_400_000},
        }
    ]
    copied = ("shortId", "launchAt", "expiresAt", "timeZone", "quantityLimit", "customization", "registrationForm")
    assert document == {
        **{name: page[name] for name in (*copied, "afterExpiry")},
        "state": "pre_launch",
        "title": "Birds",
        "creatorName": "Ada",
        "remaining": 5,
        "successorShortId": None,
        "waitingList": False,
        "edition": 1,
        "extensions": 0,
        "extensionLimit": None,
        "formerExpiries": [],
    }
    assert "storage" not in answer.text


async def test_what_buyers_are_told_is_told_to_nobody_else(
    seller: Seller, visitor: Visitor, clock: SettableClock
) -> None:
    page = await seller.announces(customization={"title": "Birds", "thanks": "The code is wren."})
    for at in (clock.now(), instant(page["launchAt"]), instant(page["expiresAt"])):
        clock.set(at)
        assert (await visitor.json(page)).json()["customization"] == {"title": "Birds"}
        assert "wren" not in (await visitor.html(page)).text


async def test_before_the_launch_a_visitor_can_register_and_not_buy(seller: Seller, visitor: Visitor) -> None:
    page = await seller.announces(registrationForm=FORM)
    shown = (await visitor.html(page)).text
    assert f'action="/api/leads/v1/public/pages/{page["shortId"]}/registrations"' in shown
    assert "Your size" in shown
    assert "/api/checkout/buy" not in shown


async def test_a_live_page_sells(seller: Seller, visitor: Visitor) -> None:
    product = await seller.sells()
    page = await seller.publishes(productIds=[str(product.id)], customization={"formerPriceInCents": 2900})
    answer = await visitor.html(page)
    assert 'action="/api/checkout/buy"' in answer.text
    assert f'name="shortId" value="{page["shortId"]}"' in answer.text
    assert f'name="productId" value="{product.id}"' in answer.text
    assert "€19.00" in answer.text
    assert "€29.00" in answer.text
    assert "/api/leads/" not in answer.text
    assert "data-ending-soon" not in answer.text
    assert f'<link rel="canonical" href="{PUBLIC_URL}/p/{page["shortId"]}">' in answer.text


async def test_the_former_price_is_that_of_the_first_product(seller: Seller, visitor: Visitor) -> None:
    products = [await seller.sells(), await seller.sells(price_in_cents=0, name="Sampler")]
    ids = [str(product.id) for product in products]
    page = await seller.publishes(productIds=ids, customization={"formerPriceInCents": 2900})
    shown = (await visitor.html(page)).text
    assert (shown.count("€29.00"), shown.count(">Free<")) == (1, 1)


async def test_in_its_last_hour_a_page_says_that_it_closes_for_good(
    seller: Seller, visitor: Visitor, clock: SettableClock
) -> None:
    page = await seller.publishes()
    clock.set(instant(page["expiresAt"]) - HOUR + timedelta(seconds=1))
    assert await visitor.state(page) == "live"
    shown = (await visitor.html(page)).text
    assert "data-ending-soon" in shown
    assert "Closes for good in" in shown


async def test_an_expired_page_says_good_bye_and_is_not_indexed(
    seller: Seller, visitor: Visitor, clock: SettableClock
) -> None:
    page = await seller.publishes(afterExpiry={"mode": "message", "message": "See you in *spring*"})
    clock.set(instant(page["expiresAt"]))
    gone = await visitor.html(page)
    assert gone.status_code == 410
    assert "This page has closed" in gone.text
    assert "See you in <em>spring</em>" in gone.text
    assert '<meta name="robots" content="noindex">' in gone.text
    assert "/api/checkout/buy" not in gone.text
    assert "data-events-url" not in gone.text


async def test_a_capped_page_shows_what_is_left_and_sells_out(seller: Seller, visitor: Visitor) -> None:
    page = await seller.publishes(quantityLimit=5)
    assert (await visitor.json(page)).json()["remaining"] == 5
    await seller.has_left(page, 2)
    await seller.has_left(page, 0, version=3)
    await seller.has_left(page, 1, version=2)  # heard late
    await visitor.comes_to_see(page, "sold_out")
    document = (await visitor.json(page)).json()
    assert (document["remaining"], document["quantityLimit"]) == (0, 5)
    shown = (await visitor.html(page)).text
    assert "Sold out" in shown
    assert "/api/checkout/buy" not in shown
    await seller.has_left(page, 1, version=4)
    await visitor.comes_to_see(page, "live")


async def test_a_raised_cap_is_left_over_at_once(seller: Seller, visitor: Visitor) -> None:
    page = await seller.publishes(quantityLimit=5)
    await seller.has_left(page, 0)
    await visitor.comes_to_see(page, "sold_out")
    await seller.changes(page, quantityLimit=7)
    await visitor.comes_to_see(page, "live")
    assert (await visitor.json(page)).json()["remaining"] == 2
    await seller.changes(page, quantityLimit=3)
    await visitor.comes_to_see(page, "sold_out")
    assert (await visitor.json(page)).json()["remaining"] == 0


async def test_before_its_launch_a_sold_out_page_is_still_to_come(seller: Seller, visitor: Visitor) -> None:
    page = await seller.announces(quantityLimit=5)
    await seller.has_left(page, 0)
    assert await visitor.state(page) == "pre_launch"


async def test_unknown_drafted_and_withdrawn_are_one_answer(seller: Seller, visitor: Visitor) -> None:
    withdrawn = await seller.publishes()
    await seller.withdraws(withdrawn)
    nobodys = [{"shortId": "0" * 12}, await seller.drafts(), withdrawn]
    documents, shown = [], []
    for page in nobodys:
        answer = await visitor.json(page)
        assert (answer.status_code, answer.json()["type"]) == (404, "page-unknown")
        documents.append({**answer.json(), "instance": "", "requestId": ""})
        sight = await visitor.html(page)
        assert (sight.status_code, sight.headers["content-type"]) == (404, "text/html; charset=utf-8")
        shown.append(sight.text)
        for path in (f"/v1/public/pages/{page['shortId']}/events", f"/p/{page['shortId']}/qr.svg"):
            assert (await visitor.client.get(path)).status_code == 404
    assert documents[0] == documents[1] == documents[2]
    assert shown[0] == shown[1] == shown[2]
    assert "There is no page here" in shown[0]


async def test_a_page_whose_creator_was_not_heard_of_asks_to_try_again(
    service: Service, client: httpx.AsyncClient, visitor: Visitor
) -> None:
    unheard = Seller(service, client)
    page = await unheard.publishes()
    early, shown = await visitor.json(page), await visitor.html(page)
    assert (early.status_code, early.json()["type"], early.headers["retry-after"]) == (503, "not-heard-yet", "1")
    assert (shown.status_code, shown.headers["retry-after"]) == (503, "1")
    assert shown.headers["content-type"].startswith("text/html")
    assert shown.headers["cache-control"] == "no-store"
    await unheard.is_heard_of()
    assert await visitor.state(page) == "live"


async def test_a_page_whose_product_is_told_anew_asks_to_try_again(
    seller: Seller, db: Database, visitor: Visitor
) -> None:
    kept, lost = await seller.sells(), await seller.sells()
    page = await seller.publishes(productIds=[str(kept.id), str(lost.id)])
    async with db.transaction() as tx:
        await tx.session.execute(text("DELETE FROM mirrored_products WHERE id = :id"), {"id": lost.id})
    early, shown = await visitor.json(page), await visitor.html(page)
    assert (early.status_code, early.json()["type"], early.headers["retry-after"]) == (503, "not-heard-yet", "1")
    assert (shown.status_code, shown.headers["cache-control"]) == (503, "no-store")
    await seller.sells(id=lost.id)
    await visitor.comes_to_see(page, "live")


async def test_a_creators_new_name_is_shown(
    seller: Seller, service: Service, visitor: Visitor, clock: SettableClock
) -> None:
    page = await seller.publishes()
    assert (await visitor.json(page)).json()["creatorName"] == "Ada"
    now = clock.now()
    await deliver(service, CreatorUpdated(id=seller.id, version=2, name="Ada L.", created_at=now, updated_at=now))

    async def renamed() -> bool:
        return bool((await visitor.json(page)).json()["creatorName"] == "Ada L.")

    await until(renamed)


async def test_a_products_expiry_closes_the_page_that_sells_nothing_else(
    seller: Seller, visitor: Visitor, clock: SettableClock
) -> None:
    ends = seller.now() + HOUR
    page = await seller.publishes(productIds=[str((await seller.sells(expires_at=ends)).id)])
    assert instant((await visitor.json(page)).json()["expiresAt"]) == ends
    clock.hold(ends - timedelta(milliseconds=500))
    assert await visitor.state(page) == "live"
    clock.set(ends)
    assert await visitor.state(page) == "expired"


async def test_a_page_was_open_until_its_last_product_expired(
    seller: Seller, visitor: Visitor, clock: SettableClock
) -> None:
    ends = seller.now() + HOUR
    product = await seller.sells(expires_at=ends)
    page = await seller.publishes(productIds=[str(product.id)])
    clock.set(ends + timedelta(seconds=1))
    await seller.hears(ProductExpired, product, is_active=False, updated_at=clock.now())
    clock.advance(HOUR)
    await seller.changes(page, afterExpiry={"mode": "message", "message": "Bye"})
    await visitor.comes_to_show(page, "Bye")
    assert instant((await visitor.json(page)).json()["expiresAt"]) == ends
    assert f'data-expires-at="{iso(ends)}"' in (await visitor.html(page)).text


async def test_the_end_of_one_of_its_products_is_a_pages_next_change(seller: Seller, visitor: Visitor) -> None:
    ends = seller.now() + HOUR
    products = [await seller.sells(expires_at=ends), await seller.sells()]
    page = await seller.publishes(productIds=[str(product.id) for product in products])
    assert f'data-next-change="{iso(ends)}"' in (await visitor.html(page)).text


async def test_a_product_that_is_over_is_taken_off_a_page_that_sells_another(
    seller: Seller, visitor: Visitor, clock: SettableClock
) -> None:
    ending, staying = await seller.sells(expires_at=seller.now() + HOUR), await seller.sells(name="Map")
    page = await seller.publishes(productIds=[str(ending.id), str(staying.id)])
    assert len((await visitor.json(page)).json()["products"]) == 2
    clock.advance(HOUR)
    assert await visitor.state(page) == "live"
    assert [product["name"] for product in (await visitor.json(page)).json()["products"]] == ["Map"]
    assert str(ending.id) not in (await visitor.html(page)).text
    await seller.hears(ProductExpired, ending, is_active=False)
    assert await visitor.state(page) == "live"


async def test_a_withdrawn_product_closes_what_sells_it_until_it_is_back(seller: Seller, visitor: Visitor) -> None:
    product = await seller.sells()
    pages = [
        await seller.publishes(productIds=[str(product.id)]),
        await seller.announces(productIds=[str(product.id)]),
    ]
    assert [await visitor.state(page) for page in pages] == ["live", "pre_launch"]
    await seller.hears(ProductWithdrawn, product, is_active=False)
    for page in pages:
        await visitor.comes_to_see(page, "expired")
    await seller.hears(ProductUpdated, product, version=3, is_active=True)
    await visitor.comes_to_see(pages[0], "live")


async def test_what_a_creator_wrote_is_text_and_markdown_and_never_html(seller: Seller, visitor: Visitor) -> None:
    script = "<script>alert(1)</script>"
    says = {
        "title": script,
        "descriptionMarkdown": f"{script} **bold** [x](javascript:alert(1))",
        "refundPolicy": "<img src=x onerror=alert(1)>",
    }
    shown = (await visitor.html(await seller.publishes(customization=says))).text
    assert script not in shown
    assert "<img src=x" not in shown
    assert 'href="javascript:' not in shown
    assert "&lt;script&gt;" in shown
    assert "<strong>bold</strong>" in shown
