"""The pages that links in creators' mails lead to."""

import json
from typing import TYPE_CHECKING

from playwright.async_api import Page, expect
from starlette.responses import Response
from storefront.account import ChangeEmail, ChoosePassword

if TYPE_CHECKING:
    from .conftest import Gateway


async def test_a_password_is_chosen_and_handed_over_with_the_secret(gateway: "Gateway", page: Page) -> None:
    await page.goto(gateway.page("/password", ChoosePassword(action_url="/act")) + "#a.b")
    wrong = [{"pointer": "#/password", "detail": "It is too short."}]
    gateway.problem("POST /act", "validation", 422, errors=wrong)
    await page.get_by_label("New password").fill(" short ")
    await page.get_by_role("button", name="Set the password").click()
    await expect(page.get_by_text("It is too short.")).to_be_visible()
    await expect(page.get_by_label("New password")).to_be_focused()
    gateway.answers["POST /act"] = lambda _: Response(status_code=204)
    await page.get_by_label("New password").fill("a long pass phrase")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Your password is set")).to_be_focused()
    first, second = (json.loads(asked.body) for asked in gateway.requests("POST /act"))
    assert first == {"token": "a.b", "password": " short "}
    assert second == {"token": "a.b", "password": "a long pass phrase"}
    assert all("phrase" not in asked.path for asked in gateway.asked)


async def test_a_password_that_was_not_set_can_be_sent_again(gateway: "Gateway", page: Page) -> None:
    await page.goto(gateway.page("/password", ChoosePassword(action_url="/act")) + "#a.b")
    gateway.problem("POST /act", "unavailable", 503)
    await page.get_by_label("New password").fill("a long pass phrase")
    await page.get_by_role("button", name="Set the password").click()
    await expect(page.get_by_role("heading", name="That did not work")).to_be_focused()
    await page.get_by_role("button", name="Try again").click()
    await expect(page.get_by_role("heading", name="Choose another password")).to_be_focused()
    gateway.answers["POST /act"] = lambda _: Response(status_code=204)
    await page.get_by_role("button", name="Set the password").click()
    await expect(page.get_by_role("heading", name="Your password is set")).to_be_focused()
    assert {asked.body for asked in gateway.requests("POST /act")} == {
        b'{"token":"a.b","password":"a long pass phrase"}'
    }


async def test_an_address_that_is_taken_says_so(gateway: "Gateway", page: Page) -> None:
    await page.goto(gateway.page("/email", ChangeEmail(action_url="/act")) + "#a.b")
    gateway.problem("POST /act", "email-taken", 409)
    await page.get_by_role("button", name="Yes, move it").click()
    await expect(page.get_by_role("heading", name="This address has an account already")).to_be_focused()
