"""The sales page lives by the server's clock and changes by itself."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import Browser, Page, expect
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from storefront.assets import Assets
from storefront.views import PageNotFound, SalesPage, SaleState

if TYPE_CHECKING:
    from .conftest import Gateway

MakeSale = Callable[..., SalesPage]
pytestmark = pytest.mark.chromium
NEARLY = timedelta(seconds=1)
"""How far from the server's clock the browser's may be when every answer takes its time."""


@pytest.fixture
def told(gateway: "Gateway") -> dict[str, Any]:
    """What the public page document says, `serverNow` always fresh; a test may change it."""
    document: dict[str, Any] = {"state": "live", "remaining": None}
    gateway.answers["GET /status"] = lambda _: JSONResponse({**document, "serverNow": gateway.now().isoformat()})
    return document


async def test_the_servers_clock_is_known_to_within_50_ms(
    gateway: "Gateway", page: Page, told: dict[str, Any], make_sale: MakeSale
) -> None:
    await page.goto(gateway.page("/p/x", lambda: make_sale(now=gateway.now())))
    clock, http = (Assets("/api/shop/assets").url(name) for name in ("clock.js", "http.js"))
    await page.evaluate(
        """async ([clock, http]) => {
          const [{ ServerClock }, { ask }] = await Promise.all([import(clock), import(http)]);
          window.clock = new ServerClock();
          window.sync = () => window.clock.sync(() => ask("/status"));
        }""",
        [clock, http],
    )
    for _ in range(10):  # an answer that takes its time on a busy machine tells less
        await page.evaluate("sync()")
        before = gateway.now().timestamp() * 1000
        said = await page.evaluate("clock.now()")
        after = gateway.now().timestamp() * 1000
        if before - 50 <= said <= after + 50:
            return
    raise AssertionError(f"{said} is not between {before} and {after}")


async def test_a_jump_of_the_local_clock_moves_nothing(
    gateway: "Gateway", page: Page, told: dict[str, Any], make_sale: MakeSale
) -> None:
    await page.goto(
        gateway.page("/p/x", lambda: make_sale(now=gateway.now(), expires_at=gateway.now() + timedelta(minutes=90)))
    )
    await expect(page.locator("[data-unit=hours] .digits")).to_have_text("01")
    await page.evaluate("Date.now = () => 0")
    await page.wait_for_timeout(1_200)
    await expect(page.locator("[data-unit=minutes] .digits")).to_have_text("29")


@dataclass
class Change:
    """The instant at which what /p/x answers changes."""

    at: datetime

    async def open_before(self, gateway: "Gateway", page: Page, state: str) -> str:
        """Open /p/x a little before it, in `state`; what was answered. A busy browser is given more time for it."""
        for seconds in (2, 10, 40):
            self.at = gateway.now() + timedelta(seconds=seconds)
            answer = await page.goto(gateway.origin + "/p/x")
            await page.evaluate("window.kept = true")
            if await page.locator(f"main[data-state={state}]").count():
                assert answer is not None
                return await answer.text()
        raise AssertionError(f"not opened while it was {state}")


@pytest.fixture
def change() -> Change:
    return Change(datetime.max.replace(tzinfo=UTC))


async def test_the_page_opens_at_the_instant_without_a_reload(
    gateway: "Gateway", page: Page, told: dict[str, Any], make_sale: MakeSale, change: Change
) -> None:
    """By its own clock alone: what it is told of its state stays as it was."""
    told["state"] = "pre_launch"

    def sale() -> SalesPage:
        state = SaleState.LIVE if gateway.now() >= change.at else SaleState.PRE_LAUNCH
        return make_sale(now=gateway.now(), state=state, launch_at=change.at)

    gateway.page("/p/x", sale)
    await change.open_before(gateway, page, "pre_launch")
    opened = len(gateway.requests("GET /p/x"))
    await expect(page.locator("main")).to_have_attribute("data-state", "live")
    assert await page.evaluate("window.kept")
    await expect(page.locator("#announcer")).to_have_text("Closes in")
    await expect(page.get_by_role("button", name="Buy")).to_be_visible()
    assert gateway.requests("GET /p/x")[opened].at >= change.at - NEARLY


async def test_a_page_that_leads_on_at_its_expiry_takes_an_open_tab_along(
    gateway: "Gateway", page: Page, told: dict[str, Any], make_sale: MakeSale, change: Change
) -> None:
    gateway.page("/p/x", lambda: make_sale(now=gateway.now(), expires_at=change.at))
    live = gateway.answers["GET /p/x"]
    gateway.answers["GET /p/x"] = lambda asked: (
        live(asked) if gateway.now() < change.at else RedirectResponse("/p/next")
    )
    gateway.answers["GET /p/next"] = lambda _: PlainTextResponse("the next edition")
    await change.open_before(gateway, page, "live")
    await page.wait_for_url("**/p/next")


def event(gateway: "Gateway", state: str, remaining: int | None = None, **more: str) -> str:
    later = gateway.now() + timedelta(seconds=1)
    return json.dumps({"state": state, "remaining": remaining, "serverNow": later.isoformat(), **more})


async def test_an_event_changes_the_state_and_the_number_left(
    gateway: "Gateway", page: Page, told: dict[str, Any], make_sale: MakeSale
) -> None:
    told["remaining"] = 5
    shown = {"state": SaleState.LIVE}
    await page.goto(gateway.page("/p/x", lambda: make_sale(now=gateway.now(), remaining=5, state=shown["state"])))
    gateway.stream.put_nowait(event(gateway, "live", 2))
    await expect(page.locator("[data-remaining]")).to_have_text("2")
    shown["state"] = SaleState.SOLD_OUT
    told["state"] = "sold_out"
    gateway.stream.put_nowait(event(gateway, "sold_out", 0))
    await expect(page.get_by_role("heading", name="Sold out")).to_be_visible()


async def asks_for_itself_no_more(gateway: "Gateway", page: Page) -> None:
    """Whose clock is installed."""
    asked = len(gateway.requests("GET /p/x"))
    for _ in range(5):
        await page.clock.run_for(5_000)
        await page.evaluate("fetch('/status').then((answer) => answer.text())")
    assert len(gateway.requests("GET /p/x")) <= asked + 1, "one may have been on its way"


async def test_a_change_by_a_clock_that_was_ahead_is_asked_for_no_longer(
    gateway: "Gateway", page: Page, told: dict[str, Any], make_sale: MakeSale
) -> None:
    expiry = gateway.now() + timedelta(days=2)
    await page.clock.install(time=expiry + timedelta(days=1))
    async with page.expect_response("**/p/x"):
        await page.goto(gateway.page("/p/x", lambda: make_sale(now=gateway.now(), expires_at=expiry)))
    await expect(page.locator("[data-unit=days] .digits")).to_have_text("01")
    await asks_for_itself_no_more(gateway, page)


async def test_a_change_that_is_taken_back_is_asked_for_no_longer(
    gateway: "Gateway", page: Page, told: dict[str, Any], make_sale: MakeSale
) -> None:
    """The last unit was held, and is free again before the page was fetched."""
    told["remaining"], expiry = 1, gateway.now() + timedelta(days=2)
    await page.clock.install()
    await page.goto(gateway.page("/p/x", lambda: make_sale(now=gateway.now(), expires_at=expiry, remaining=1)))
    async with page.expect_response("**/p/x"):
        gateway.stream.put_nowait(event(gateway, "sold_out", 0))
    gateway.stream.put_nowait(event(gateway, "live", 2))
    await expect(page.locator("[data-remaining]")).to_have_text("2")
    await asks_for_itself_no_more(gateway, page)
    first, *others = gateway.requests("GET /p/x")
    assert first.headers["sec-fetch-dest"] == "document"
    assert {fetched.headers["sec-fetch-dest"] for fetched in others} == {"empty"}, "by which it is no view"


async def test_an_extension_is_shown_at_once(
    gateway: "Gateway", page: Page, told: dict[str, Any], make_sale: MakeSale
) -> None:
    expiry = {"at": gateway.now() + timedelta(days=1)}
    await page.goto(gateway.page("/p/x", lambda: make_sale(now=gateway.now(), expires_at=expiry["at"])))
    await expect(page.locator("[data-unit=days] .digits")).to_have_text("00")
    expiry["at"] += timedelta(days=3)
    gateway.stream.put_nowait(event(gateway, "live", expiresAt=expiry["at"].isoformat()))
    await expect(page.locator("[data-unit=days] .digits")).to_have_text("03")


async def test_a_clock_that_stood_still_is_set_by_the_next_event(
    gateway: "Gateway", page: Page, told: dict[str, Any], make_sale: MakeSale
) -> None:
    """As the monotonic clock of some browsers does while the machine sleeps."""
    expiry = gateway.now() + timedelta(minutes=90)
    await page.goto(gateway.page("/p/x", lambda: make_sale(now=gateway.now(), expires_at=expiry)))
    await expect(page.locator("[data-unit=hours] .digits")).to_have_text("01")
    await page.evaluate("performance.now = () => Performance.prototype.now.call(performance) - 3_600_000")
    await expect(page.locator("[data-unit=hours] .digits")).to_have_text("02")
    gateway.stream.put_nowait(event(gateway, "live"))
    await expect(page.locator("[data-unit=hours] .digits")).to_have_text("01")


def withdraw(gateway: "Gateway") -> None:
    gone = gateway.shop.show(PageNotFound())
    gateway.answers["GET /p/x"] = lambda _: Response(gone, 404, media_type="text/html")
    gateway.answers["GET /status"] = lambda _: JSONResponse({"type": "page-unknown"}, 404)


async def test_an_open_tab_of_a_withdrawn_page_says_that_it_is_gone(
    gateway: "Gateway", page: Page, told: dict[str, Any], make_sale: MakeSale
) -> None:
    gateway.answers["GET /events"] = lambda _: Response(status_code=404)
    await page.clock.install()
    await page.goto(gateway.page("/p/x", lambda: make_sale(now=gateway.now())))
    await expect(page.get_by_role("button", name="Buy")).to_be_visible()
    withdraw(gateway)
    await page.clock.run_for(30_000)
    await expect(page.get_by_role("heading", name="There is no page here")).to_be_visible()


async def test_a_page_that_is_gone_when_it_is_fetched_is_asked_for_once_more(
    gateway: "Gateway", page: Page, told: dict[str, Any], make_sale: MakeSale
) -> None:
    await page.goto(gateway.page("/p/x", lambda: make_sale(now=gateway.now())))
    await expect(page.get_by_role("button", name="Buy")).to_be_visible()
    withdraw(gateway)
    gateway.stream.put_nowait(event(gateway, "expired"))
    await expect(page.get_by_role("heading", name="There is no page here")).to_be_visible()
    assert len(gateway.requests("GET /p/x")) == 3


async def test_an_expired_page_is_shown_although_it_is_gone(
    gateway: "Gateway", page: Page, told: dict[str, Any], make_sale: MakeSale, change: Change
) -> None:
    def answer(_: Any) -> Response:
        expired = gateway.now() >= change.at
        state = SaleState.EXPIRED if expired else SaleState.LIVE
        sale = make_sale(now=gateway.now(), expires_at=change.at, state=state)
        return Response(gateway.shop.show(sale), 410 if expired else 200, media_type="text/html")

    gateway.answers["GET /p/x"] = answer
    assert "Closes for good in" in await change.open_before(gateway, page, "live")
    await expect(page.get_by_role("heading", name="This page has closed")).to_be_visible()
    await expect(page.get_by_role("button", name="Buy")).to_have_count(0)


async def test_times_are_in_the_viewers_zone_which_is_named(
    gateway: "Gateway", page: Page, told: dict[str, Any], make_sale: MakeSale
) -> None:
    await page.goto(gateway.page("/p/x", make_sale))
    await expect(page.locator(".countdown-date time")).to_have_text("3 December 2026 at 13:00 CET")
    await expect(page.locator(".countdown-date time")).to_have_attribute("title", re.compile("UTC"))


async def test_one_press_opens_one_checkout(
    gateway: "Gateway", page: Page, told: dict[str, Any], make_sale: MakeSale
) -> None:
    gateway.answers["POST /buy"] = lambda _: PlainTextResponse("the checkout")
    await page.goto(gateway.page("/p/x", lambda: make_sale(now=gateway.now())))
    await page.get_by_role("button", name="Buy").dblclick()
    await expect(page.get_by_text("the checkout")).to_be_visible()
    (asked,) = gateway.requests("POST /buy")
    assert asked.body == b"shortId=q7Rk2MzB4x&productId=p1&code="


async def test_a_way_to_the_checkout_that_leads_nowhere_can_be_gone_again(
    gateway: "Gateway", page: Page, told: dict[str, Any], make_sale: MakeSale
) -> None:
    """As after Stop, of which no script is told."""
    gateway.answers["POST /buy"] = lambda _: Response(status_code=204)
    await page.clock.install()
    await page.goto(gateway.page("/p/x", lambda: make_sale(now=gateway.now())))
    await page.get_by_role("button", name="Buy").click()
    await expect(page.get_by_role("button", name="Opening the checkout…")).to_be_visible()
    await page.clock.run_for(30_000)
    gateway.answers["POST /buy"] = lambda _: PlainTextResponse("the checkout")
    await page.get_by_role("button", name="Buy").click()
    await expect(page.get_by_text("the checkout")).to_be_visible()


async def test_a_gateway_that_does_not_answer_is_one_that_was_not_reached(
    gateway: "Gateway", page: Page, told: dict[str, Any], make_sale: MakeSale
) -> None:
    await page.goto(gateway.page("/p/x", lambda: make_sale(now=gateway.now())))
    asking = """async (http) => {
      const { ask } = await import(http);
      const lapse = new AbortController();
      AbortSignal.timeout = (milliseconds) => { window.bound = milliseconds; return lapse.signal; };
      const answer = ask("/events"); // whose body never ends
      lapse.abort();
      return { ...(await answer), bound: window.bound };
    }"""
    answer = await page.evaluate(asking, Assets("/api/shop/assets").url("http.js"))
    assert (answer["ok"], answer["status"], answer["bound"]) == (False, 0, 30_000)


async def test_without_scripts_the_page_sells_and_shows_no_frozen_clock(
    gateway: "Gateway", browser: Browser, make_sale: MakeSale
) -> None:
    gateway.answers["POST /buy"] = lambda _: PlainTextResponse("the checkout")
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(gateway.page("/p/x", make_sale))
    await expect(page.locator(".countdown-units")).to_be_hidden()
    await expect(page.locator(".countdown-date")).to_contain_text("UTC")
    await page.get_by_role("button", name="Buy").click()
    await expect(page.get_by_text("the checkout")).to_be_visible()
    await context.close()
