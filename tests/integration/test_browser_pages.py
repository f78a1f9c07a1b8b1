"""A page's life as it is seen: Chromium before the whole stack. On no page may anything go wrong unseen (`Walk`)."""

from datetime import UTC, datetime

import httpx
import pytest
from local_stack import Stack
from playwright.async_api import expect

from .journey import Buyer, Inbox, checked, soon
from .walk import Shop, Walk

pytestmark = pytest.mark.chromium
SERVICES = ("catalog", "pages", "checkout", "delivery", "leads")
FORM = [
    {"name": "city", "label": "Your city", "type": "text"},
    {"name": "copies", "label": "How many read along", "type": "number"},
    {"name": "since", "label": "Reading since", "type": "date"},
    {"name": "early", "label": "I would test early", "type": "checkbox"},
    {"name": "size", "label": "Size", "type": "select", "required": True, "options": ["S", "M"]},
    {"name": "terms", "label": "I agree to be written to", "type": "consent", "required": True},
]


async def test_a_page_opens_by_itself_at_its_launch(walk: Walk, shop: Shop) -> None:
    page = await shop.page(launchAt=soon(seconds=20), registrationForm=FORM)
    await walk.page.goto(page["url"])
    await walk.sees_state("pre_launch")
    await walk.stay()
    await walk.sees_state("live")
    assert datetime.now(UTC) >= datetime.fromisoformat(page["launchAt"])
    assert await walk.has_stayed()
    await expect(walk.page.get_by_role("button", name="Buy")).to_be_visible()


async def test_a_page_closes_by_itself_under_its_reader_and_its_address_is_gone(walk: Walk, shop: Shop) -> None:
    walk.refusals.add("410 GET /p/")
    page = await shop.page(expiresAt=soon(seconds=20))
    await walk.page.goto(page["url"])
    await walk.sees_state("live")
    await walk.examine("sales-page-ending-soon")
    await walk.stay()
    await walk.sees("This page has closed")
    assert datetime.now(UTC) >= datetime.fromisoformat(page["expiresAt"])
    assert await walk.has_stayed()
    answer = await walk.page.goto(page["url"])
    assert answer is not None
    assert answer.status == 410
    await walk.sees_state("expired")
    await walk.examine("sales-page-expired")


async def test_a_page_that_sells_out_says_so_to_who_is_looking(walk: Walk, shop: Shop, buyer: Buyer) -> None:
    page = await shop.page(quantityLimit=1)
    await walk.page.goto(page["url"])
    await walk.sees_state("live")
    await walk.stay()
    await (await buyer.buy(page)).reaches("completed")
    await walk.sees("Sold out")
    assert await walk.has_stayed()
    await walk.examine("sales-page-sold-out")


async def test_a_page_is_passed_on_by_its_address_and_its_qr_code(walk: Walk, shop: Shop) -> None:
    page = await shop.page()
    await walk.page.goto(page["url"])
    await walk.page.get_by_text("Share this page").click()
    await expect(walk.page.get_by_label("Address")).to_have_value(page["url"])
    picture = walk.page.get_by_alt_text("QR code")
    await expect(picture).not_to_have_js_property("naturalWidth", 0)
    await walk.examine("sales-page-shared")


async def test_who_registers_is_asked_what_the_creator_asks_and_confirms_by_mail(
    walk: Walk, shop: Shop, buyer: Buyer, inbox: Inbox
) -> None:
    page = await shop.page(launchAt=soon(hours=1), registrationForm=FORM)
    await walk.page.goto(page["url"])
    await walk.examine("sales-page-pre-launch")
    await walk.page.get_by_label("E-mail").fill(buyer.email)
    await walk.page.get_by_label("Your city").fill("Malmö")
    await walk.page.get_by_label("How many read along").fill("3")
    await walk.page.get_by_label("Reading since").fill("2020-02-29")
    await walk.page.get_by_label("Size").select_option("M")
    await walk.page.get_by_label("I agree to be written to").check()
    await walk.press("Tell me when it opens")
    await walk.sees("Check your mail")
    await walk.examine("registered")
    await walk.read(await inbox.mail(buyer.email))
    await walk.examine("mail-confirm-registration")
    await walk.page.locator("a[href*='/r/confirm#']").first.click()
    await walk.sees("Shall we tell you?")
    await walk.examine("confirm-registration")
    await walk.press("Yes, tell me")
    await walk.sees("You are on the list")
    (listed,) = (await shop.creator.get(f"/api/leads/v1/pages/{page['id']}/registrations"))["items"]
    assert listed["confirmedAt"] is not None
    assert listed["customFields"] == {
        "city": "Malmö", "copies": 3, "since": "2020-02-29", "early": False, "size": "M", "terms": True
    }  # fmt: skip


async def test_who_registered_can_leave_by_the_mails_link(
    walk: Walk, shop: Shop, buyer: Buyer, inbox: Inbox, edge: httpx.AsyncClient
) -> None:
    page = await shop.page(launchAt=soon(hours=1))
    path = f"/api/leads/v1/public/pages/{page['shortId']}/registrations"
    checked(await edge.post(path, json={"email": buyer.email}), 202)
    await walk.read(await inbox.mail(buyer.email))
    await walk.page.locator("a[href*='/r/delete#']").first.click()
    await walk.examine("delete-registration")
    await walk.page.locator("[data-view=ask] [data-act]").click()
    await expect(walk.page.locator("[data-view=done] h1")).to_be_visible()
    assert (await shop.creator.get(f"/api/leads/v1/pages/{page['id']}/registrations"))["items"] == []


async def test_without_scripts_one_can_register(plain_walk: Walk, shop: Shop, buyer: Buyer, inbox: Inbox) -> None:
    plain_walk.refusals.add("422 POST /api/leads/v1/public/pages/")
    page = await shop.page(launchAt=soon(hours=1), registrationForm=FORM)
    await plain_walk.page.goto(page["url"])
    await plain_walk.page.get_by_label("E-mail").fill(buyer.email)
    await plain_walk.page.get_by_label("Size").select_option("M")
    await plain_walk.page.get_by_label("How many read along").fill("2.5")
    await plain_walk.page.get_by_label("I agree to be written to").check()
    await plain_walk.press("Tell me when it opens")
    await plain_walk.sees("Check your mail")
    assert await inbox.mail(buyer.email)


async def test_the_front_door_and_a_wrong_address(walk: Walk, stack: Stack) -> None:
    walk.refusals.add("404 GET /p/")
    await walk.page.goto(stack.endpoints["edge"])
    await walk.examine("index")
    await walk.page.goto(f"{stack.endpoints['edge']}/p/nobodyhas1")
    await walk.sees("There is no page here")
    await walk.examine("not-found")


@pytest.mark.parametrize("service", SERVICES)
async def test_the_api_can_be_read_and_tried_out(walk: Walk, stack: Stack, service: str) -> None:
    await walk.page.goto(stack.endpoints["edge"])
    await walk.follow(f"{service.capitalize()} API")
    await walk.sees(f"Temporary Pages: {service}")
    await walk.picture(f"docs-{service}")
    await walk.page.get_by_role("button", name="GET /health/live The process answers").click()
    await walk.press("Try it out")
    await walk.press("Execute")
    await expect(walk.page.locator(".live-responses-table tbody .response-col_status")).to_contain_text("200")
