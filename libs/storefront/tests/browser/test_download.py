"""From the payment to the bytes."""

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import Browser, Page, expect
from starlette.responses import JSONResponse, PlainTextResponse, Response
from storefront.views import Download, Thanks

if TYPE_CHECKING:
    from .conftest import Asked, Gateway

pytestmark = pytest.mark.chromium
FILE = "attachment; filename=light.zip"


@pytest.fixture
def grant(gateway: "Gateway") -> dict[str, Any]:
    """What delivery says of a token it knows; a download uses up one attempt."""
    facts: dict[str, Any] = {
        "fileName": "light.zip",
        "fileSizeBytes": 214_000_000,
        "attemptsAllowed": 5,
        "attemptsUsed": 1,
        "expiresAt": "2026-12-08T12:00:00Z",
        "productName": "Northern Light",
    }

    def download(_: "Asked") -> Response:
        facts["attemptsUsed"] += 1
        return JSONResponse({"url": f"{gateway.origin}/file", "expiresIn": 60, "fileName": "light.zip"})

    gateway.answers["POST /grant"] = lambda _: JSONResponse(facts)
    gateway.answers["POST /downloads"] = download
    gateway.answers["GET /file"] = lambda _: PlainTextResponse("bytes", headers={"Content-Disposition": FILE})
    return facts


@pytest.fixture
def download_page(gateway: "Gateway", grant: dict[str, Any]) -> str:
    return gateway.page("/d", Download(status_url="/grant", downloads_url="/downloads")) + "#secret"


@pytest.fixture
def order(gateway: "Gateway", grant: dict[str, Any]) -> dict[str, Any]:
    """What checkout says of the order; a test may change it."""
    facts: dict[str, Any] = {
        "status": "completed",
        "productName": "Northern Light",
        "creatorName": "Ida Lindqvist",
        "pageUrl": "/p/x",
        "saleEndsAt": (gateway.now() + timedelta(days=2, hours=1)).isoformat(),
        "downloadUrl": f"{gateway.origin}/d#secret",
        "accessEndsAt": "2026-12-08T12:00:00Z",
        "downloadReady": True,
        "linkMailed": True,
    }
    gateway.answers["GET /order"] = lambda _: JSONResponse({**facts, "serverNow": gateway.now().isoformat()})
    return facts


@pytest.fixture
def thanks_page(gateway: "Gateway", order: dict[str, Any]) -> str:
    view = Thanks(status_url="/order", download_status_url="/grant", downloads_url="/downloads")
    return gateway.page("/o", view) + "?order=1#proof"


async def test_the_page_shows_the_file_and_uses_nothing_up(gateway: "Gateway", page: Page, download_page: str) -> None:
    await page.goto(download_page)
    panel = page.locator("[data-view=ready]")
    await expect(panel.locator(".file")).to_contain_text("light.zip")
    await expect(panel.locator(".file")).to_contain_text("214 MB")
    await expect(panel.locator(".file-badge")).to_have_text("ZIP")
    await expect(panel).to_contain_text("4 of 5")
    await expect(panel).to_contain_text("8 December 2026 at 13:00 CET")
    assert gateway.requests("POST /downloads") == []
    assert all("secret" not in f"{asked.path}{asked.headers}" for asked in gateway.asked)


@pytest.mark.parametrize(("binding", "words"), [("none", None), ("address", "the address"), ("network", "the network")])
async def test_a_bound_link_says_so_before_it_is_used(
    page: Page, download_page: str, grant: dict[str, Any], binding: str, words: str | None
) -> None:
    grant["addressBinding"] = binding
    await page.goto(download_page)
    note = page.get_by_text("that it is first downloaded from")
    await expect(page.get_by_role("button", name="Download")).to_be_visible()
    await expect(note).to_be_visible(visible=words is not None)
    if words:
        await expect(note).to_contain_text(f"only on {words}")


async def test_the_button_fetches_the_file_and_counts(gateway: "Gateway", page: Page, download_page: str) -> None:
    await page.goto(download_page)
    async with page.expect_download() as started:
        await page.get_by_role("button", name="Download").click()
    assert (await started.value).suggested_filename == "light.zip"
    await expect(page.locator("[data-view=ready]")).to_contain_text("3 of 5")
    (asked,) = gateway.requests("POST /downloads")
    assert json.loads(asked.body) == {"token": "secret"}


@pytest.mark.parametrize(
    ("slug", "status", "heading"),
    [
        ("download-expired", 410, "This link has run out"),
        ("download-exhausted", 403, "No downloads left"),
        ("download-revoked", 403, "This link was withdrawn"),
        ("download-refunded", 403, "This order was refunded"),
        ("download-suspended", 403, "This download waits for the bank"),
        ("download-elsewhere", 403, "This link opens elsewhere"),
        ("download-unknown", 404, "know this link"),
        ("about:blank", 404, "know this link"),
        ("not-found", 404, "know this link"),
        ("internal-error", 500, "That did not work"),
    ],
)
async def test_each_refusal_has_its_own_view(
    gateway: "Gateway", page: Page, download_page: str, slug: str, status: int, heading: str
) -> None:
    gateway.problem("POST /grant", slug, status)
    await page.goto(download_page)
    await expect(page.get_by_role("heading", name=heading)).to_be_visible()
    assert heading in await page.title()
    await expect(page.locator("[data-view]:visible")).to_have_count(1)


async def test_a_grant_that_ends_while_one_looks_is_refused_at_the_press(
    gateway: "Gateway", page: Page, download_page: str
) -> None:
    gateway.problem("POST /downloads", "download-exhausted", 403)
    await page.goto(download_page)
    await page.get_by_role("button", name="Download").click()
    await expect(page.get_by_role("heading", name="No downloads left")).to_be_focused()


async def test_a_secret_that_was_cut_off_is_unknown(page: Page, download_page: str, thanks_page: str) -> None:
    for address, heading in ((download_page, "know this link"), (thanks_page, "find this order")):
        await page.goto(address.partition("#")[0] + "#secret%2")
        await expect(page.get_by_role("heading", name=heading)).to_be_visible()


async def test_trouble_can_be_tried_again(gateway: "Gateway", page: Page, download_page: str) -> None:
    known = gateway.answers["POST /grant"]
    gateway.problem("POST /grant", "storage-unreachable", 503, detail="The store is away.")
    await page.goto(download_page)
    await expect(page.get_by_text("The store is away.")).to_be_visible()
    gateway.answers["POST /grant"] = known
    await page.get_by_role("button", name="Try again").click()
    await expect(page.get_by_role("button", name="Download")).to_be_visible()


async def test_thanks_waits_for_the_payment_and_then_for_the_grant(
    gateway: "Gateway", page: Page, thanks_page: str, order: dict[str, Any]
) -> None:
    order.update(status="processing", downloadReady=False)
    await page.goto(thanks_page)
    await expect(page.get_by_role("heading", name="Your payment is on its way")).to_be_visible()
    order["status"] = "completed"
    await expect(page.get_by_role("link", name="Go to your download")).to_have_attribute("href", order["downloadUrl"])
    assert gateway.requests("POST /grant") == []  # asked before it is there, it would be an error on the console
    order["downloadReady"] = True
    await expect(page.get_by_role("button", name="Download")).to_be_visible()
    assert gateway.requests("GET /order")[0].headers["authorization"] == "Bearer proof"


async def test_thanks_says_what_the_creator_tells_who_has_bought(
    page: Page, thanks_page: str, order: dict[str, Any]
) -> None:
    order["thanksHtml"] = '<p>Welcome, <strong>friend</strong>. <a href="https://example.com">Join us</a></p>'
    await page.goto(thanks_page)
    words = page.get_by_text("Welcome, friend")
    await expect(words.locator("strong")).to_have_text("friend")
    await expect(words.get_by_role("link", name="Join us")).to_have_attribute("href", "https://example.com")


async def test_thanks_without_words_of_the_creator_leaves_no_gap(page: Page, thanks_page: str) -> None:
    await page.goto(thanks_page)
    await expect(page.get_by_role("button", name="Download")).to_be_visible()
    await expect(page.locator("[data-if=thanksHtml]")).to_be_hidden()


async def test_thanks_shows_two_clocks_apart(page: Page, thanks_page: str) -> None:
    await page.goto(thanks_page)
    await expect(page.locator("[data-view=ready]")).to_contain_text("Your download lasts until")
    await expect(page.locator("[data-view=ready]")).to_contain_text("8 December 2026 at 13:00 CET")
    clock = page.locator("[data-sale-clock]")
    await expect(clock).to_contain_text("The sale ends in")
    await expect(clock.locator("[data-unit=days] .digits")).to_have_text("02")


async def test_the_file_can_be_had_on_the_thanks_page_itself(page: Page, thanks_page: str) -> None:
    await page.goto(thanks_page)
    async with page.expect_download() as started:
        await page.get_by_role("button", name="Download").click()
    assert (await started.value).suggested_filename == "light.zip"


@pytest.mark.parametrize(("mailed", "said"), [(True, "also in your mail"), (False, "your way back to the download")])
async def test_thanks_tells_the_way_back_to_the_download(
    page: Page, thanks_page: str, order: dict[str, Any], mailed: bool, said: str
) -> None:
    order["linkMailed"] = mailed
    await page.goto(thanks_page)
    await expect(page.get_by_text(said)).to_be_visible()
    await expect(page.locator("[data-if=linkMailed], [data-if=linkKept]").locator("visible=true")).to_have_count(1)


@pytest.mark.parametrize(
    ("status", "heading"),
    [
        ("failed", "The payment did not go through"),
        ("expired", "The payment did not go through"),
        ("refunded", "This order was refunded"),
    ],
)
async def test_an_order_that_came_to_nothing_says_so(
    page: Page, thanks_page: str, order: dict[str, Any], status: str, heading: str
) -> None:
    order["status"] = status
    await page.goto(thanks_page)
    await expect(page.get_by_role("heading", name=heading)).to_be_visible()
    await expect(page.get_by_role("link", name="Back to the page").locator("visible=true")).to_have_attribute(
        "href", "/p/x"
    )


async def test_who_cannot_prove_the_order_learns_nothing(gateway: "Gateway", page: Page, thanks_page: str) -> None:
    gateway.problem("GET /order", "order-unknown", 404)
    await page.goto(thanks_page)
    await expect(page.get_by_role("heading", name="find this order")).to_be_visible()


async def test_a_grant_that_has_ended_leaves_the_link_that_explains(
    gateway: "Gateway", page: Page, thanks_page: str, order: dict[str, Any]
) -> None:
    gateway.problem("POST /grant", "download-expired", 410)
    await page.goto(thanks_page)
    await expect(page.get_by_role("link", name="Go to your download")).to_have_attribute("href", order["downloadUrl"])


async def test_without_scripts_the_pages_with_a_secret_say_what_to_do_and_promise_nothing(
    gateway: "Gateway", browser: Browser, download_page: str, thanks_page: str
) -> None:
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    for address, heading in ((download_page, "This page needs JavaScript"), (thanks_page, "Thank you")):
        await page.goto(address)
        await expect(page.get_by_role("heading", name=heading)).to_be_visible()
        await expect(page.locator("[data-views]")).to_be_hidden()
    await context.close()


async def test_with_scripts_nothing_is_said_about_them(page: Page, download_page: str) -> None:
    await page.goto(download_page)
    await expect(page.locator("[data-view=ready]")).to_be_visible()
    await expect(page.locator(".without-scripts")).to_be_hidden()
