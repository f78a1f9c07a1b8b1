"""A purchase as it is seen: Chromium before the whole stack. On no page may anything go wrong unseen (`Walk`)."""

import re

import httpx
import pytest
from chassis.testing import PATIENCE
from local_stack import Stack
from playwright.async_api import expect

from .journey import Buyer, Downloads, Inbox, until
from .walk import Shop, Walk

pytestmark = pytest.mark.chromium
LINK = re.compile(r"https?://\S+#\S+")


async def settle(stack: Stack, session: str, outcome: str) -> None:
    """The money of who chose to pay later arrives, or never will."""
    async with httpx.AsyncClient(base_url=stack.endpoints["stripe"], timeout=PATIENCE) as client:
        path = f"/sandbox/control/sessions/{session}/settle"
        (await client.post(path, json={"outcome": outcome})).raise_for_status()


async def test_what_is_bought_is_downloaded_on_the_thanks_page(walk: Walk, shop: Shop, buyer: Buyer) -> None:
    page = await shop.live_page()
    await walk.page.goto(page["url"])
    await walk.examine("sales-page-live")
    await walk.go_to_pay(page["url"])
    await walk.examine("stripe-pay")
    await walk.choose("pay", buyer.email)
    await walk.sees("Thank you")
    await expect(walk.page.get_by_text("5 of 5")).to_be_visible()
    assert await walk.download() == shop.sha256
    await expect(walk.page.get_by_text("4 of 5")).to_be_visible()
    await walk.examine("thanks")


async def test_what_is_free_is_there_at_once_and_mailed(walk: Walk, shop: Shop, buyer: Buyer, inbox: Inbox) -> None:
    page = await shop.page_of({"priceInCents": 0})
    await Buyer(buyer.edge).start(page)
    await walk.page.goto(page["url"])
    await walk.page.get_by_label("E-mail").fill(buyer.email)
    await walk.examine("sales-page-free")
    await walk.press("Get it free")
    await walk.sees("Thank you")
    await expect(walk.page.get_by_text("also in your mail")).to_be_visible()
    assert await walk.download() == shop.sha256
    assert await inbox.mail(buyer.email)


async def test_one_of_several_products_is_chosen(walk: Walk, shop: Shop, buyer: Buyer) -> None:
    await shop.creator.link_stripe()
    page = await shop.page_of({"name": "Guide"}, {"name": "Guide and poster", "priceInCents": 2400})
    await Buyer(buyer.edge).start(page)
    await walk.page.goto(page["url"])
    await walk.page.get_by_label("Guide and poster").check()
    await walk.examine("sales-page-choice")
    await walk.press("Buy")
    await expect(walk.page.locator(".total")).to_have_text("24.00 EUR")
    await walk.choose("pay", buyer.email)
    await walk.sees("Thank you")
    await expect(walk.page.get_by_text("Here is Guide and poster by Ada Maker")).to_be_visible()


async def test_the_link_in_the_mail_opens_the_download(walk: Walk, shop: Shop, buyer: Buyer, inbox: Inbox) -> None:
    await (await buyer.buy(await shop.page())).reaches("completed")
    await walk.read(await inbox.mail(buyer.email))
    await walk.examine("mail-order-link")
    await walk.page.locator("a[href*='/d#']").first.click()
    await walk.sees("Your download")
    await expect(walk.page.get_by_text("guide.zip")).to_be_visible()
    await walk.examine("download")
    assert await walk.download() == shop.sha256


async def test_a_declined_card_is_told_and_a_second_try_pays(walk: Walk, shop: Shop, buyer: Buyer) -> None:
    walk.refusals.add("402 POST /c/pay/")
    page = await shop.live_page()
    await walk.go_to_pay(page["url"])
    await walk.choose("decline", buyer.email)
    await expect(walk.page.get_by_role("alert")).to_contain_text("declined")
    await walk.examine("stripe-declined")
    await walk.choose("pay")
    await walk.sees("Thank you")
    assert await walk.download() == shop.sha256


async def test_who_turns_back_at_the_till_finds_the_page_as_it_was(walk: Walk, shop: Shop, buyer: Buyer) -> None:
    page = await shop.live_page()
    await walk.go_to_pay(page["url"])
    await walk.follow("Back to the shop")
    await walk.sees_state("live")
    await walk.press("Buy")
    await walk.choose("pay", buyer.email)
    await walk.sees("Thank you")


async def test_who_is_asked_by_the_bank_pays_by_saying_yes(walk: Walk, shop: Shop, buyer: Buyer) -> None:
    page = await shop.live_page()
    await walk.go_to_pay(page["url"])
    await walk.choose("authenticate", buyer.email)
    await walk.examine("stripe-bank")
    await walk.choose("approve")
    await walk.sees("Thank you")


async def test_money_that_takes_its_time_is_waited_for_and_then_the_file_is_there(
    walk: Walk, shop: Shop, buyer: Buyer, stack: Stack
) -> None:
    page = await shop.live_page()
    session = await walk.go_to_pay(page["url"])
    await walk.choose("later", buyer.email)
    await walk.sees("Your payment is on its way")
    await walk.examine("thanks-processing")
    await walk.stay()
    await settle(stack, session, "succeeded")
    await walk.sees("Thank you")
    assert await walk.download() == shop.sha256
    assert await walk.has_stayed()


async def test_money_that_never_comes_leads_back_to_the_page(
    walk: Walk, shop: Shop, buyer: Buyer, stack: Stack
) -> None:
    page = await shop.live_page()
    session = await walk.go_to_pay(page["url"])
    await walk.choose("later", buyer.email)
    await walk.sees("Your payment is on its way")
    await settle(stack, session, "failed")
    await walk.sees("The payment did not go through")
    await walk.examine("thanks-failed")
    await walk.follow("Back to the page")
    await walk.sees_state("live")


async def test_a_refund_ends_the_download_and_is_named(
    walk: Walk, shop: Shop, buyer: Buyer, edge: httpx.AsyncClient
) -> None:
    walk.refusals.add("410 POST /api/delivery/v1/downloads")
    page = await shop.live_page()
    await walk.go_to_pay(page["url"])
    await walk.choose("pay", buyer.email)
    await walk.sees("Thank you")
    thanks_url = walk.page.url
    purchase = buyer.came_back(thanks_url)
    downloads = Downloads(edge, await purchase.token())
    await walk.page.goto(str(edge.base_url.join(f"/d#{downloads.token}")))
    await expect(walk.page.get_by_text("guide.zip")).to_be_visible()
    await shop.creator.post(f"/api/checkout/v1/orders/{purchase.order_id}/refunds", {})

    async def ended() -> bool:
        return (await downloads.ask("/status")).status_code == 410

    await until(ended)
    await walk.press("Download")
    await walk.sees("This order was refunded")
    await walk.page.reload()
    await walk.sees("This order was refunded")
    await walk.examine("download-refunded")
    await walk.page.goto(thanks_url)
    await walk.sees("This order was refunded")
    await walk.examine("thanks-refunded")


async def test_without_scripts_one_can_buy_and_pay_and_is_told_where_the_file_is(
    plain_walk: Walk, shop: Shop, buyer: Buyer, inbox: Inbox
) -> None:
    page = await shop.live_page()
    await plain_walk.go_to_pay(page["url"])
    await plain_walk.choose("pay", buyer.email)
    await expect(plain_walk.page.get_by_text("The download link comes by mail")).to_be_visible()
    await plain_walk.picture("thanks-without-scripts")
    link = LINK.search((await inbox.mail(buyer.email))["text"])
    assert link is not None
    await plain_walk.page.goto(link[0])
    await expect(plain_walk.page.get_by_text("This page needs JavaScript")).to_be_visible()
    await plain_walk.picture("download-without-scripts")
