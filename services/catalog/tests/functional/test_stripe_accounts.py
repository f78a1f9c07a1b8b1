"""The adapter against the Stripe sandbox, which the official SDK takes for Stripe."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from catalog.errors import StripeRefused, StripeUnavailable
from catalog.settings import CatalogSettings
from catalog.stripe_accounts import StripeAccounts
from chassis.clock import new_id
from stripe_sandbox.config import Config
from stripe_sandbox.testing import Running, running


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[Running]:
    async with running(tmp_path) as started:
        yield started


@pytest.fixture
async def stripe(sandbox: Running, settings: CatalogSettings) -> AsyncIterator[StripeAccounts]:
    pointed = {"stripe_api_base": sandbox.url, "stripe_secret_key": Config.api_key}
    async with StripeAccounts(settings.model_copy(update=pointed)) as accounts:
        yield accounts


async def test_an_account_is_made_once_under_one_attempt(stripe: StripeAccounts) -> None:
    creator = new_id()
    first, again, second = [await stripe.create(creator, attempt) for attempt in (1, 1, 2)]
    assert first == again
    assert second.id != first.id
    assert (first.charges_enabled, first.default_currency) == (False, "USD")


async def test_onboarding_enables_charges(sandbox: Running, stripe: StripeAccounts, settings: CatalogSettings) -> None:
    account = await stripe.create(new_id(), 1)
    answer = await sandbox.http.post(await stripe.onboarding_link(account.id), data={"choice": "complete"})
    assert answer.headers["location"] == f"{settings.public_url}/api/catalog/stripe/return"
    known = await stripe.read(account.id)
    assert known is not None
    assert (known.charges_enabled, known.payouts_enabled, known.details_submitted) == (True, True, True)


async def test_an_account_that_left_is_no_more_ours(sandbox: Running, stripe: StripeAccounts) -> None:
    account = await stripe.create(new_id(), 1)
    await sandbox.control(f"/accounts/{account.id}/deauthorize")
    assert await stripe.read(account.id) is None


async def test_a_key_that_may_not_read_accounts_says_nothing_of_them(sandbox: Running, stripe: StripeAccounts) -> None:
    account = await stripe.create(new_id(), 1)
    await sandbox.control("/faults", {"path": "/v1/accounts/*", "act": False, "answer": "error", "status": 403})
    with pytest.raises(StripeRefused):
        await stripe.read(account.id)
    assert await stripe.read(account.id) == account


async def test_what_stripe_refuses_is_told_apart_from_its_silence(
    stripe: StripeAccounts, settings: CatalogSettings
) -> None:
    with pytest.raises(StripeRefused):
        await stripe.onboarding_link("acct_unknown")
    async with StripeAccounts(settings.model_copy(update={"stripe_api_base": "http://127.0.0.1:1"})) as silent:
        with pytest.raises(StripeUnavailable):
            await silent.read("acct_1")


async def test_a_key_that_another_request_uses_is_tried_again_later(sandbox: Running, stripe: StripeAccounts) -> None:
    in_use = {"path": "/v1/accounts", "act": False, "answer": "error", "status": 409, "times": 3}
    await sandbox.control("/faults", in_use)
    with pytest.raises(StripeUnavailable):
        await stripe.create(new_id(), 1)
