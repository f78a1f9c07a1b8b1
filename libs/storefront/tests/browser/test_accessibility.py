"""axe-core finds nothing on any page, light or dark; nothing is wider than a phone."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect
from starlette.responses import JSONResponse
from storefront.account import ChoosePassword
from storefront.views import (
    Block,
    ConfirmRegistration,
    Download,
    EmbeddedSalesPage,
    Extensions,
    Guest,
    Index,
    Link,
    Offer,
    PageNotFound,
    Picture,
    Problem,
    RegistrationForm,
    RegistrationPage,
    SalesPage,
    SaleState,
    Thanks,
    Theme,
    View,
)

if TYPE_CHECKING:
    from .conftest import Gateway

MakeSale = Callable[..., SalesPage]
pytestmark = pytest.mark.chromium
COVER = Picture(url="/api/shop/assets/icon.svg", alt="A cabin", width=1600, height=900)
CONTROLS = "button, select, summary, .button, .check, .choice, input:not([type=hidden], [type=checkbox], [type=radio])"


@pytest.fixture
def views(gateway: "Gateway", make_sale: MakeSale, registration: RegistrationForm) -> dict[str, View]:
    now = gateway.now()
    gateway.answers["GET /status"] = lambda asked: JSONResponse({"serverNow": gateway.now().isoformat()})
    gateway.problem("POST /grant", "download-exhausted", 403)
    soon = now + timedelta(minutes=50)
    wrong = RegistrationForm(
        action="/r", questions=registration.questions, errors={"email": "No.", "customFields.terms": "Please."}
    )
    sales: dict[str, View] = {
        state: make_sale(
            now=now, state=state, launch_at=now + timedelta(days=1), registration=registration, accent="#ffe600",
            refund_policy="[14 days](https://a.example)", remaining=2, successor=Link(url="/n", label="Next"),
        )
        for state in SaleState
    }  # fmt: skip
    return sales | {
        "ending soon": make_sale(now=now, expires_at=soon, accent="#111111"),
        "in a frame": EmbeddedSalesPage(**vars(make_sale(now=now, cover=COVER))),
        "themed": make_sale(
            now=now,
            accent="#ffe600",
            theme=Theme(typeface="serif", corners="square", scheme="dark"),
            blocks=[Block(heading="Inside", markdown="- one\n- two")],
            cover=COVER,
            extensions=Extensions(count=1, limit=2, first_expiry=now),
            guest=Guest(pass_token="x", let_in_until=now + timedelta(hours=1)),
            remaining=0,
            offers=[
                Offer(product_id="p1", name="P", price=500, currency="EUR", pay_what_you_want=True),
                Offer(product_id="p2", name="Q", price=0, currency="EUR"),
            ],
        ),
        "registration": RegistrationPage(page_title="Light", page_url="/p/x", form=wrong),
        "download": Download(status_url="/grant", downloads_url="/downloads"),
        "thanks": Thanks(status_url="/order", download_status_url="/grant", downloads_url="/downloads"),
        "confirm": ConfirmRegistration(action_url="/act"),
        "password": ChoosePassword(action_url="/act"),
        "problem": Problem(title="Too many", status=429, next_step=Link(url="/", label="Back"), request_id="1"),
        "not found": PageNotFound(),
        "index": Index(console_url="/c", api_documents=[Link(url="/docs", label="catalog")]),
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing(gateway: "Gateway", page: Page, views: dict[str, View], scheme: str) -> None:
    await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    found: dict[str, list[str]] = {}
    for name, view in views.items():
        await page.goto(gateway.page("/page", view) + f"#{name.replace(' ', '-')}")
        run = await Axe().run(page)
        found[name] = [f"{broken['id']}: {broken['nodes'][0]['html']}" for broken in run.response["violations"]]
    assert {name: broken for name, broken in found.items() if broken} == {}


async def test_nothing_is_wider_than_a_small_phone(gateway: "Gateway", page: Page, views: dict[str, View]) -> None:
    await page.set_viewport_size({"width": 320, "height": 640})
    for name, view in views.items():
        await page.goto(gateway.page("/page", view))
        assert await page.evaluate("document.documentElement.scrollWidth") <= 320, name


async def test_every_control_is_44_pixels(gateway: "Gateway", page: Page, views: dict[str, View]) -> None:
    small = """(controls) => [...document.querySelectorAll(controls)]
      .filter((control) => control.offsetParent && control.getBoundingClientRect().height < 44)
      .map((control) => control.outerHTML)"""
    for view in views.values():
        await page.goto(gateway.page("/page", view))
        assert await page.evaluate(small, CONTROLS) == []


async def test_the_keyboard_reaches_the_purchase(gateway: "Gateway", page: Page, views: dict[str, View]) -> None:
    await page.goto(gateway.page("/page", views["live"]))
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")  # opens what hides the field for a code
    await page.keyboard.press("Tab")
    await expect(page.get_by_label("Discount code")).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="Buy")).to_be_focused()


async def test_reduced_motion_is_respected(gateway: "Gateway", page: Page, views: dict[str, View]) -> None:
    gateway.json("GET /order", {"status": "processing", "serverNow": "2026-12-01T12:00:00Z"})
    await page.emulate_media(reduced_motion="reduce")
    await page.goto(gateway.page("/o", views["thanks"]) + "#proof")
    moving = "getComputedStyle(document.querySelector('.working'), '::before').animationName"
    assert await page.evaluate(moving) == "none"
