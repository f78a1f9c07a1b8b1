"""What cannot be is told with a way on: Chromium before the whole stack."""

from urllib.parse import urlsplit

import pytest
from local_stack import Stack
from playwright.async_api import expect

from .journey import Buyer, Creator, Inbox, soon, until
from .walk import Shop, Walk

pytestmark = pytest.mark.chromium


async def test_who_comes_to_the_till_too_late_is_led_back_to_the_page(
    plain_walk: Walk, shop: Shop, buyer: Buyer
) -> None:
    """Where scripts run, the page itself turns into sold out first; where not, it may be two seconds old."""
    plain_walk.refusals.add("409 POST /api/checkout/buy")
    page = await shop.page(quantityLimit=1)
    await plain_walk.page.goto(page["url"])
    await buyer.start(page)
    await plain_walk.press("Buy")
    await plain_walk.sees("Everything is sold or being paid for at this moment")
    await plain_walk.picture("problem-sold-out")
    await plain_walk.follow("Back to the page")
    await expect(plain_walk.page.locator("main[data-state]")).to_be_visible()


async def test_who_is_still_typing_when_the_page_closes_cannot_pay_any_more(
    walk: Walk, shop: Shop, buyer: Buyer
) -> None:
    walk.refusals.add("410 GET /p/")
    page = await shop.page(expiresAt=soon(seconds=20))
    order_id, url = await buyer.start(page)
    await walk.page.goto(url)
    await expect(walk.page.locator("button[value=pay]")).to_be_visible()

    async def ended() -> bool:
        order = await shop.creator.get(f"/api/checkout/v1/orders/{order_id}")
        return bool(order["status"] == "expired")

    assert await until(ended)
    await walk.choose("pay")
    await walk.sees("This link has expired")
    await walk.examine("stripe-expired")
    await walk.follow("Back to the shop")
    await walk.sees("This page has closed")


async def test_a_link_that_was_replaced_is_unknown_and_the_newer_mail_opens_the_download(
    walk: Walk, shop: Shop, buyer: Buyer, inbox: Inbox
) -> None:
    walk.refusals.add("404 POST /api/delivery/v1/downloads")
    purchase = await buyer.buy(await shop.page())
    old = await purchase.token()
    await shop.creator.post(f"/api/checkout/v1/orders/{purchase.order_id}/link", {}, 202)
    newer = await inbox.mail(buyer.email, "new download link")
    await walk.page.goto(str(buyer.edge.base_url.join(f"/d#{old}")))
    await walk.sees("We don")
    await walk.examine("download-unknown")
    await walk.read(newer)
    await walk.page.locator("a[href*='/d#']").first.click()
    await walk.sees("Your download")
    assert urlsplit(walk.page.url).fragment != old
    assert await walk.download() == shop.sha256


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/d", "know this link"),
        ("/o", "find this order"),
        ("/o?order=01a2#x", "find this order"),
        ("/r/confirm", "know this link"),
        ("/nowhere", "There is no page here"),
    ],
)
async def test_an_address_that_was_cut_off_or_mistyped_says_so(
    walk: Walk, stack: Stack, address: str, said: str
) -> None:
    walk.refusals |= {"404 GET /nowhere", "404 GET /api/checkout/v1/orders/"}
    await walk.page.goto(stack.endpoints["edge"] + address)
    await walk.sees(said)


async def test_a_page_whose_service_is_away_comes_back_by_itself(walk: Walk, shop: Shop, stack: Stack) -> None:
    walk.refusals.add("502 GET /p/")
    page = await shop.page()
    await stack.kill("pages")
    try:
        await walk.page.goto(page["url"])
        await walk.sees("Back in a moment")
        await walk.picture("back-in-a-moment")
    finally:
        await stack.start("pages")
    await walk.sees_state("live")


async def test_a_creator_goes_through_stripes_onboarding_once(walk: Walk, creator: Creator) -> None:
    link = (await creator.post("/api/catalog/v1/creators/me/stripe-account", {}))["url"]
    await walk.page.goto(link)
    await walk.examine("stripe-onboarding")
    await walk.press("Complete everything")
    await walk.sees("Back from Stripe")
    await walk.examine("back-from-stripe")

    async def can_charge() -> bool:
        account = (await creator.get("/api/catalog/v1/creators/me"))["stripeAccount"]
        return bool(account and account["chargesEnabled"])

    assert await until(can_charge)
    await walk.page.goto(link)
    await walk.sees("This link has ended")
    await walk.examine("stripe-link-ended")


async def test_the_inbox_shows_the_mails_and_their_links_open(
    walk: Walk, stack: Stack, shop: Shop, buyer: Buyer, inbox: Inbox
) -> None:
    await buyer.buy(await shop.page())
    await inbox.mail(buyer.email, "download")
    await walk.page.goto(stack.endpoints["mail"])
    await walk.examine("inbox")
    await walk.page.get_by_label("Recipient's address").fill(buyer.email)
    await walk.press("Find")
    await walk.follow("Your download")
    await walk.examine("inbox-message")
    async with walk.page.context.expect_page() as opened:
        await walk.page.frame_locator("iframe").get_by_role("link", name="Download").click()
    await expect((await opened.value).get_by_role("heading", name="Your download")).to_be_visible()
