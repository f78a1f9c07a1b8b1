"""The pages in a browser with JavaScript switched off."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page
from stripe_sandbox.testing import Running

pytestmark = pytest.mark.chromium


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    context = await browser.new_context(java_script_enabled=False)
    yield await context.new_page()
    await context.close()


async def test_a_buyer_pays_after_a_declined_card_and_the_banks_question(sandbox: Running, page: Page) -> None:
    session = await sandbox.session(success_url=sandbox.url + "/?session={CHECKOUT_SESSION_ID}")
    await page.goto(session.url or "")
    await page.get_by_role("button", name="Pay 12.00 EUR").click()
    assert "Enter your e-mail address" in str(await page.get_by_role("alert").text_content())
    await page.get_by_label("E-mail").fill("ada@example.com")
    await page.get_by_role("button", name="Card is declined").click()
    assert "declined" in str(await page.get_by_role("alert").text_content())
    await page.get_by_role("button", name="Bank asks to confirm").click()
    await page.get_by_role("button", name="Approve", exact=True).click()
    assert page.url == f"{sandbox.url}/?session={session.id}"
    assert (await sandbox.client.v1.checkout.sessions.retrieve_async(session.id)).payment_status == "paid"


async def test_a_creator_completes_the_onboarding(sandbox: Running, page: Page) -> None:
    account = await sandbox.account(onboarded=False)
    home = sandbox.url + "/"
    link = await sandbox.client.v1.account_links.create_async(
        params={"account": account.id, "type": "account_onboarding", "return_url": home, "refresh_url": home}
    )
    await page.goto(link.url)
    await page.get_by_role("button", name="Complete everything").click()
    assert page.url == home
    assert (await sandbox.client.v1.accounts.retrieve_async(account.id)).charges_enabled


async def test_the_dashboard_settles_what_is_paid_later(sandbox: Running, page: Page) -> None:
    session = await sandbox.session()
    await sandbox.pay(session, "later")
    await page.goto(sandbox.url + "/")
    await page.get_by_role("row", name=session.id[:20]).get_by_role("button", name="Money arrives").click()
    event = await sandbox.receiver.event("checkout.session.async_payment_succeeded", session.id)
    assert event.data.object["payment_status"] == "paid"
