"""Every state of a page as visitors find it, in Chromium before the whole stack: on none may anything go wrong."""

import io
from contextlib import suppress
from typing import Any

import httpx
import pytest
from PIL import Image
from playwright.async_api import Error, expect

from .journey import Buyer, Inbox, soon, until
from .walk import LOOKS, Shop, Walk

pytestmark = pytest.mark.chromium
GONE = "410 GET /p/"
FORM = [
    {"name": "city", "label": "Your city", "type": "text"},
    {"name": "size", "label": "Size", "type": "select", "required": True, "options": ["S", "M"]},
    {"name": "terms", "label": "I agree to be written to", "type": "consent", "required": True},
]
STORY = {
    "callToAction": "Take it home",
    "cover": {"alt": "The cover"},
    "theme": {"typeface": "serif", "corners": "square", "scheme": "dark"},
    "blocks": [{"heading": "What is inside", "markdown": "Two hundred pages, **whole**."}],
    "thanks": "Thank you for being **in time**. [Join us](https://example.com)",
}
OUTSIDE = "https://www.example.com/next"
FAREWELL = "It was a **good winter**."


def picture() -> bytes:
    drawn = io.BytesIO()
    Image.new("RGB", (1600, 900), "#1d3b36").save(drawn, "PNG")
    return drawn.getvalue()


async def expired(shop: Shop, edge: httpx.AsyncClient, mode: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A page that has closed a moment ago. Its few seconds begin once the file is there, however long that takes."""
    product = await shop.creator.product()
    await shop.creator.upload(product["id"], shop.content)
    ends = {"expiresAt": soon(seconds=15), "afterExpiry": mode}
    page = await shop.heard(await shop.creator.page(product["id"], customization=LOOKS, **ends, **more))

    async def closed() -> bool:
        return (await edge.get(f"/p/{page['shortId']}")).status_code in {302, 410}

    await until(closed)
    return page


async def sold_out(shop: Shop, buyer: Buyer, **more: Any) -> dict[str, Any]:
    page = await shop.page(quantityLimit=1, **more)
    await (await buyer.buy(page)).reaches("completed")
    return page


async def test_before_the_launch_there_is_a_clock_and_the_creators_form(walk: Walk, shop: Shop) -> None:
    page = await shop.page(launchAt=soon(hours=1), registrationForm=FORM)
    await walk.page.goto(page["url"])
    await walk.sees_state("pre_launch")
    await walk.sees("Be told when it opens")
    await walk.examine("state-pre-launch")


async def test_what_the_creator_wrote_and_chose_is_shown(walk: Walk, shop: Shop, edge: httpx.AsyncClient) -> None:
    page = await shop.page(customization=STORY, extensionLimit=2)
    await shop.creator.show(page["productId"], picture())

    async def has_a_cover() -> bool:
        return (await edge.get(f"/p/{page['shortId']}/cover.webp")).status_code == 200

    await until(has_a_cover)
    await walk.page.goto(page["url"])
    await walk.sees_state("live")
    await walk.sees("What is inside")
    await expect(walk.page.get_by_role("button", name="Take it home")).to_be_visible()
    await expect(walk.page.locator("html")).to_have_attribute("data-scheme", "dark")
    await expect(walk.page.get_by_alt_text("The cover")).not_to_have_js_property("naturalWidth", 0)
    await expect(walk.page.get_by_text("It may be extended twice at most.")).to_be_visible()
    await walk.examine("state-live")


async def test_in_the_last_hour_the_clock_comes_to_the_front(walk: Walk, shop: Shop) -> None:
    page = await shop.page(expiresAt=soon(seconds=1800), quantityLimit=3)
    await walk.page.goto(page["url"])
    await expect(walk.page.get_by_text("Closes for good in", exact=True)).to_be_visible()
    await expect(walk.page.get_by_text("Only 3 left")).to_be_visible()
    await walk.examine("state-ending-soon")


async def test_sold_out_without_a_waiting_list_says_only_so(walk: Walk, shop: Shop, buyer: Buyer) -> None:
    page = await sold_out(shop, buyer)
    await walk.page.goto(page["url"])
    await walk.sees_state("sold_out")
    await expect(walk.page.locator("form")).to_have_count(0)
    await walk.examine("state-sold-out")


async def test_sold_out_with_a_waiting_list_takes_names(walk: Walk, shop: Shop, buyer: Buyer) -> None:
    page = await sold_out(shop, buyer, waitingList=True)
    await walk.page.goto(page["url"])
    await walk.sees_state("sold_out")
    await expect(walk.page.get_by_role("button", name="Put me on the waiting list")).to_be_visible()
    await walk.examine("state-sold-out-waiting-list")


async def test_expired_it_says_good_bye(walk: Walk, shop: Shop, edge: httpx.AsyncClient) -> None:
    walk.refusals.add(GONE)
    page = await expired(shop, edge, {"mode": "message", "message": FAREWELL})
    await walk.page.goto(page["url"])
    await walk.sees("This page has closed")
    await expect(walk.page.locator("strong", has_text="good winter")).to_be_visible()
    await walk.examine("state-expired-message")


async def test_expired_it_takes_those_who_want_the_next(walk: Walk, shop: Shop, edge: httpx.AsyncClient) -> None:
    walk.refusals.add(GONE)
    page = await expired(shop, edge, {"mode": "notify_me", "message": FAREWELL}, registrationForm=FORM)
    await walk.page.goto(page["url"])
    await walk.sees("Be told about the next one")
    await walk.examine("state-expired-notify-me")


async def test_expired_it_leads_to_where_its_creator_says(walk: Walk, shop: Shop, edge: httpx.AsyncClient) -> None:
    walk.refusals.add(f"GET {OUTSIDE}")  # nobody answers there
    page = await expired(shop, edge, {"mode": "redirect", "redirectUrl": OUTSIDE})
    async with walk.page.expect_request(OUTSIDE):
        with suppress(Error):
            await walk.page.goto(page["url"])


async def test_relaunched_the_old_address_leads_to_the_new_edition(
    walk: Walk, shop: Shop, edge: httpx.AsyncClient
) -> None:
    page = await expired(shop, edge, {"mode": "message", "message": FAREWELL})
    draft = await shop.creator.post(f"/api/pages/v1/pages/{page['id']}/relaunch", {"expiresAt": soon(hours=3)})
    edition = await shop.creator.publish(draft)
    await walk.page.goto(page["url"])
    await walk.sees_state("live")
    assert walk.page.url.endswith(f"/p/{edition['shortId']}")
    await walk.examine("state-relaunched")


async def test_expired_with_a_message_the_next_edition_is_a_link(
    walk: Walk, shop: Shop, edge: httpx.AsyncClient
) -> None:
    walk.refusals.add(GONE)
    page = await expired(shop, edge, {"mode": "message", "message": FAREWELL})
    draft = await shop.creator.post(f"/api/pages/v1/pages/{page['id']}/relaunch", {"expiresAt": soon(hours=3)})
    await shop.creator.publish(draft)
    await shop.creator.change(page, afterExpiry={"mode": "message", "message": FAREWELL})
    await walk.page.goto(page["url"])
    await walk.examine("state-expired-successor")
    await walk.follow("See the next edition")
    await walk.sees_state("live")


async def test_withdrawn_there_is_no_page(walk: Walk, shop: Shop, edge: httpx.AsyncClient) -> None:
    walk.refusals.add("404 GET /p/")
    page = await shop.page()
    await shop.creator.post(f"/api/pages/v1/pages/{page['id']}/withdraw", {}, 200)

    async def withdrawn() -> bool:
        return (await edge.get(f"/p/{page['shortId']}")).status_code == 404

    await until(withdrawn)
    await walk.page.goto(page["url"])
    await walk.sees("There is no page here")
    await walk.examine("state-withdrawn")


async def test_in_a_frame_it_shows_the_facts_and_the_way_to_it(walk: Walk, shop: Shop) -> None:
    page = await shop.page()
    await walk.page.goto(f"{page['url']}/embed")
    await expect(walk.page.get_by_role("link", name="See the page")).to_have_attribute("href", page["url"])
    await walk.examine("state-embedded")


async def test_a_code_that_is_mistyped_is_put_right(walk: Walk, shop: Shop, buyer: Buyer) -> None:
    walk.refusals.add("409 POST /api/checkout/buy")
    page = await shop.live_page(customization=STORY)
    offer = {"salesPageId": page["id"], "code": "WINTER", "percentOff": 50}
    await shop.creator.post("/api/checkout/v1/discount-codes", offer)
    await walk.page.goto(f"{page['url']}?utm_source=Letter")
    await walk.page.get_by_text("Have a code?").click()
    await walk.page.get_by_label("Discount code").fill("wintre")
    await walk.examine("state-live-code")
    await walk.press("Take it home")
    await expect(walk.page.get_by_text("This page has no such discount code")).to_be_visible()
    await walk.examine("code-refused")
    await walk.page.get_by_label("Discount code").fill("winter")
    await walk.press("Continue to the payment")
    await expect(walk.page.locator(".total")).to_have_text("9.50 EUR")
    await walk.choose("pay", buyer.email)
    await walk.sees("Thank you")
    await expect(walk.page.get_by_text("Thank you for being in time.")).to_be_visible()
    await walk.examine("thanks-with-the-creators-words")

    async def counted() -> bool:
        found = await shop.creator.get(f"/api/pages/v1/pages/{page['id']}/figures")
        return any(row["source"] == "letter" and row["sales"] == 1 for row in found["sources"])

    await until(counted)


async def test_without_scripts_a_code_is_taken_too(plain_walk: Walk, shop: Shop) -> None:
    plain_walk.refusals.add("409 POST /api/checkout/buy")
    page = await shop.live_page()
    await plain_walk.page.goto(page["url"])
    await plain_walk.page.get_by_text("Have a code?").click()
    await plain_walk.page.get_by_label("Discount code").fill("NONE")
    await plain_walk.press("Buy")
    await plain_walk.page.get_by_label("Discount code").fill("")
    await plain_walk.press("Continue to the payment")
    await expect(plain_walk.page.locator(".total")).to_have_text("19.00 EUR")


async def test_mails_and_the_pages_they_lead_to_are_of_one_piece(
    walk: Walk, shop: Shop, buyer: Buyer, inbox: Inbox
) -> None:
    page = await shop.live_page()
    purchase = await buyer.buy(page)
    await purchase.reaches("completed")
    await walk.read(await inbox.mail(buyer.email))
    await walk.examine("mail-order")
    await shop.creator.post(f"/api/checkout/v1/orders/{purchase.order_id}/refunds", {})
    mail = await inbox.mail(buyer.email, "Refunded")
    assert "The download has ended with it." in mail["text"]
    await walk.read(mail)
    await walk.examine("mail-refund")
