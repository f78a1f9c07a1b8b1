"""Connected accounts, their onboarding, and what the Connect endpoint hears."""

import pytest
import stripe
from stripe_sandbox.testing import Running, Starter

RETURN = "http://shop.test/stripe/done"
REFRESH = "http://shop.test/stripe/again"


async def onboarding(sandbox: Running, account: stripe.Account) -> str:
    link = await sandbox.client.v1.account_links.create_async(
        params={"account": account.id, "type": "account_onboarding", "return_url": RETURN, "refresh_url": REFRESH}
    )
    return link.url


async def test_a_new_account_can_do_nothing_yet(sandbox: Running) -> None:
    account = await sandbox.account(onboarded=False)
    assert (account.charges_enabled, account.payouts_enabled, account.details_submitted) == (False, False, False)
    assert (account.type, account.country, account.default_currency) == ("express", "DE", "eur")
    assert account.capabilities is not None
    assert account.capabilities.transfers == "inactive"
    assert account.requirements is not None
    assert account.requirements.currently_due
    assert account.future_requirements is not None
    assert account.future_requirements.currently_due == []


@pytest.mark.parametrize(("dashboard", "kind"), [("express", "express"), ("full", "none")])
async def test_controller_parameters_make_the_type(sandbox: Running, dashboard: str, kind: str) -> None:
    account = await sandbox.client.v1.accounts.create_async(
        params={
            "controller": {
                "fees": {"payer": "application"},
                "losses": {"payments": "application"},
                "stripe_dashboard": {"type": dashboard},
            }
        }
    )
    assert account.type == kind
    assert account.controller is not None
    assert account.controller.stripe_dashboard is not None
    assert account.controller.stripe_dashboard.type == dashboard


async def test_one_click_completes_the_onboarding_and_is_told_on_the_connect_side(sandbox: Running) -> None:
    account = await sandbox.account(onboarded=False)
    url = await onboarding(sandbox, account)
    assert "Complete everything" in (await sandbox.http.get(url)).text
    answer = await sandbox.http.post(url, data={"choice": "complete"})
    assert (answer.status_code, answer.headers["location"]) == (303, RETURN)
    account = await sandbox.client.v1.accounts.retrieve_async(account.id)
    assert (account.charges_enabled, account.payouts_enabled, account.details_submitted) == (True, True, True)
    event = await sandbox.receiver.event("account.updated", account.id, account.id)
    assert event.account == account.id
    assert event.data.object["charges_enabled"] is True
    assert event.data.previous_attributes is not None
    assert event.data.previous_attributes["charges_enabled"] is False
    assert not [e for e in sandbox.receiver.platform if e.type == "account.updated"]


async def test_verification_may_take_time(sandbox: Running) -> None:
    account = await sandbox.account(onboarded=False)
    await sandbox.http.post(await onboarding(sandbox, account), data={"choice": "review"})
    account = await sandbox.client.v1.accounts.retrieve_async(account.id)
    assert (account.charges_enabled, account.details_submitted) == (False, True)
    await sandbox.control(f"/accounts/{account.id}/onboard")
    assert (await sandbox.client.v1.accounts.retrieve_async(account.id)).charges_enabled


async def test_the_onboarding_can_be_left(sandbox: Running) -> None:
    account = await sandbox.account(onboarded=False)
    answer = await sandbox.http.post(await onboarding(sandbox, account), data={"choice": "leave"})
    assert answer.headers["location"] == RETURN
    assert not (await sandbox.client.v1.accounts.retrieve_async(account.id)).details_submitted


async def test_a_link_is_for_one_visitor_and_a_few_minutes(start: Starter) -> None:
    async with start() as own:
        account = await own.account(onboarded=False)
        url = await onboarding(own, account)
        assert (await own.http.get(url)).status_code == 200
        assert (await own.http.get(url)).status_code == 200
        own.http.cookies.clear()
        assert (await own.http.get(url)).headers["location"] == REFRESH
        late = await onboarding(own, account)
        own.clock.ahead = 301
        assert (await own.http.post(late, data={"choice": "complete"})).headers["location"] == REFRESH


async def test_an_account_may_come_to_settle_in_another_currency(sandbox: Running) -> None:
    account = await sandbox.account()
    await sandbox.control(f"/accounts/{account.id}/currency", {"default_currency": "CHF"})
    assert (await sandbox.client.v1.accounts.retrieve_async(account.id)).default_currency == "chf"
    refused = await sandbox.http.post(
        f"/sandbox/control/accounts/{account.id}/currency", json={"default_currency": "XXX"}
    )
    assert refused.status_code == 400


async def test_a_restricted_key_may_not_read_accounts(start: Starter) -> None:
    async with start() as own:
        account = await own.account()
        fault = {"method": "GET", "path": "/v1/accounts/*", "times": None, "act": False, "answer": "error"}
        await own.control("/faults", {**fault, "status": 403})
        with pytest.raises(stripe.PermissionError) as caught:
            await own.client.v1.accounts.retrieve_async(account.id)
        assert caught.value.code is None


async def test_an_account_that_is_restricted_cannot_be_paid(sandbox: Running) -> None:
    account = await sandbox.account()
    await sandbox.control(f"/accounts/{account.id}/restrict")
    with pytest.raises(stripe.InvalidRequestError):
        await sandbox.session(payment_intent_data={"transfer_data": {"destination": account.id}})


async def test_a_disconnected_account_is_out_of_reach(sandbox: Running) -> None:
    account = await sandbox.account()
    await sandbox.control(f"/accounts/{account.id}/deauthorize")
    await sandbox.receiver.event("account.application.deauthorized", "ca_sandbox", account.id)
    with pytest.raises(stripe.PermissionError) as caught:
        await sandbox.client.v1.accounts.retrieve_async(account.id)
    assert caught.value.error is not None
    assert caught.value.error.code == "account_invalid"
    with pytest.raises(stripe.InvalidRequestError):
        await sandbox.session(payment_intent_data={"transfer_data": {"destination": account.id}})


async def test_an_account_is_updated_listed_and_deleted(start: Starter) -> None:
    async with start() as own:
        account = await own.account()
        accounts = own.client.v1.accounts
        updated = await accounts.update_async(
            account.id, params={"metadata": {"creator": "c1"}, "business_profile": {"name": "Grace"}}
        )
        assert updated.metadata is not None
        assert updated.metadata["creator"] == "c1"
        assert [a.id for a in (await accounts.list_async()).data] == [account.id]
        assert (await accounts.login_links.create_async(account.id)).url
        assert (await accounts.delete_async(account.id)).deleted
        with pytest.raises(stripe.PermissionError):
            await accounts.retrieve_async(account.id)


async def test_an_account_sees_itself_and_its_events(start: Starter) -> None:
    async with start() as own:
        account = await own.account()
        me = await own.client.v1.accounts.retrieve_current_async(options={"stripe_account": account.id})
        assert me.id == account.id
        theirs = await own.client.v1.events.list_async(options={"stripe_account": account.id})
        assert [e.type for e in theirs.data] == ["account.updated"]
        assert (await own.client.v1.events.list_async()).data == []
