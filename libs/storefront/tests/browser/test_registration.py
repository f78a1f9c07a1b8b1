"""Registering, confirming, deleting."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Browser, Page, expect
from starlette.responses import JSONResponse, PlainTextResponse
from storefront.views import ConfirmRegistration, DeleteRegistration, RegistrationForm, SalesPage, SaleState

if TYPE_CHECKING:
    from .conftest import Gateway

MakeSale = Callable[..., SalesPage]
pytestmark = pytest.mark.chromium


@pytest.fixture
def address(gateway: "Gateway", make_sale: MakeSale, registration: RegistrationForm) -> str:
    gateway.answers["GET /status"] = lambda _: JSONResponse(
        {"state": "sold_out", "serverNow": gateway.now().isoformat()}
    )
    return gateway.page(
        "/p/x", lambda: make_sale(now=gateway.now(), state=SaleState.SOLD_OUT, registration=registration)
    )


async def fill_in(page: Page) -> None:
    await page.get_by_label("E-mail").fill("ola@example.com")
    await page.get_by_label("Your age").fill("41")
    await page.get_by_label("Reading since").fill("2020-02-29")
    await page.get_by_label("Size").select_option("M")
    await page.get_by_label("I agree to be written to").check()


async def test_answers_go_as_what_they_are(gateway: "Gateway", page: Page, address: str) -> None:
    gateway.json("POST /register", {}, 202)
    await page.goto(address)
    await fill_in(page)
    await page.get_by_role("button", name="waiting list").click()
    await expect(page.get_by_role("heading", name="Check your mail")).to_be_focused()
    (asked,) = gateway.requests("POST /register")
    assert json.loads(asked.body) == {
        "email": "ola@example.com",
        "customFields": {"age": 41, "since": "2020-02-29", "beta": False, "size": "M", "terms": True},
    }
    assert asked.headers["content-type"] == "application/json"
    assert len(asked.headers["idempotency-key"]) == 32


async def test_what_is_wrong_is_said_at_its_field(gateway: "Gateway", page: Page, address: str) -> None:
    errors = [
        {"pointer": "/customFields/age", "detail": "Too young."},
        {"pointer": "#/email", "detail": "No such domain."},
    ]
    gateway.problem("POST /register", "invalid-request", 422, errors=errors)
    await page.goto(address)
    await fill_in(page)
    await page.get_by_role("button", name="waiting list").click()
    await expect(page.locator("#field-email-error")).to_have_text("No such domain.")
    await expect(page.locator("#field-customFields-age-error")).to_have_text("Too young.")
    await expect(page.get_by_label("E-mail")).to_be_focused()
    await expect(page.get_by_label("E-mail")).to_have_attribute("aria-invalid", "true")
    await page.get_by_label("E-mail").fill("ola@example.org")
    await expect(page.locator("#field-email-error")).to_be_hidden()


async def test_the_same_contents_again_are_the_same_request(gateway: "Gateway", page: Page, address: str) -> None:
    gateway.problem("POST /register", "too-many-requests", 429, detail="Wait a minute.")
    await page.goto(address)
    await fill_in(page)
    button = page.get_by_role("button", name="waiting list")
    await button.click()
    await expect(page.get_by_role("alert")).to_have_text("Wait a minute.")
    await button.click()
    await page.get_by_label("Name").fill("Ola")
    await button.click()
    await page.wait_for_timeout(200)
    first, second, other = (asked.headers["idempotency-key"] for asked in gateway.requests("POST /register"))
    assert first == second != other


async def test_without_scripts_the_form_posts_itself(gateway: "Gateway", browser: Browser, address: str) -> None:
    gateway.answers["POST /register"] = lambda _: PlainTextResponse("check your mail")
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(address)
    await fill_in(page)
    await page.get_by_role("button", name="waiting list").click()
    await expect(page.get_by_text("check your mail")).to_be_visible()
    (asked,) = gateway.requests("POST /register")
    assert b"email=ola%40example.com" in asked.body
    assert b"customFields.terms=true" in asked.body
    await context.close()


@pytest.mark.parametrize(
    ("view", "button", "done"),
    [
        (ConfirmRegistration(action_url="/act"), "Yes, tell me", "You are on the list"),
        (DeleteRegistration(action_url="/act"), "Yes, delete it", "Deleted"),
    ],
    ids=["confirm", "delete"],
)
async def test_it_asks_first_and_acts_on_the_press(
    gateway: "Gateway", page: Page, view: ConfirmRegistration | DeleteRegistration, button: str, done: str
) -> None:
    gateway.json("POST /act", {})
    await page.goto(gateway.page("/r/act", view) + "#a.b%2Bc")
    assert gateway.requests("POST /act") == []
    await page.get_by_role("button", name=button).click()
    await expect(page.get_by_role("heading", name=done)).to_be_focused()
    (asked,) = gateway.requests("POST /act")
    assert json.loads(asked.body) == {"token": "a.b+c"}
    assert all("a.b" not in seen.path for seen in gateway.asked)


async def test_a_used_link_and_a_broken_server_are_told_apart(gateway: "Gateway", page: Page) -> None:
    await page.goto(gateway.page("/r/confirm", ConfirmRegistration(action_url="/act")) + "#token")
    gateway.problem("POST /act", "internal-error", 500)
    await page.get_by_role("button", name="Yes, tell me").click()
    await expect(page.get_by_role("heading", name="That did not work")).to_be_visible()
    gateway.problem("POST /act", "registration-expired", 410, detail="The page has closed.")
    await page.get_by_role("button", name="Try again").click()
    await expect(page.get_by_role("heading", name="This link has run out")).to_be_visible()
    await expect(page.get_by_text("The page has closed.")).to_be_visible()


async def test_a_link_without_its_secret_is_unknown(gateway: "Gateway", page: Page) -> None:
    await page.goto(gateway.page("/r/confirm", ConfirmRegistration(action_url="/act")))
    await expect(page.get_by_role("heading", name="know this link")).to_be_visible()
