"""Trouble on demand, as the SDK meets it."""

import pytest
import stripe
from stripe_sandbox.testing import Running, Starter, sdk


async def test_an_error_before_acting_does_nothing(start: Starter) -> None:
    async with start() as own:
        fault = {"method": "POST", "path": "/v1/accounts", "act": False, "answer": "error", "status": 503}
        await own.control("/faults", fault)
        with pytest.raises(stripe.APIError) as caught:
            await own.account()
        assert caught.value.http_status == 503
        assert (await own.client.v1.accounts.list_async()).data == []
        assert await own.control("/faults", method="GET") == []


async def test_an_error_after_acting_is_kept_under_the_key(start: Starter) -> None:
    async with start() as own:
        await own.control("/faults", {"path": "/v1/accounts", "answer": "error", "status": 500})
        options: stripe.RequestOptions = {"idempotency_key": "account:a2:1"}
        for replayed in (None, "true"):
            with pytest.raises(stripe.APIError) as caught:
                await own.client.v1.accounts.create_async(params={}, options=options)
            assert caught.value.http_status == 500
            assert (caught.value.headers or {}).get("idempotent-replayed") == replayed
        assert len((await own.client.v1.accounts.list_async()).data) == 1


async def test_a_lost_answer_is_replayed_to_the_retry(start: Starter) -> None:
    async with start() as own:
        await own.control("/faults", {"path": "/v1/accounts", "answer": "drop"})
        options: stripe.RequestOptions = {"idempotency_key": "account:a3:1"}
        with pytest.raises(stripe.APIConnectionError):
            await own.client.v1.accounts.create_async(params={}, options=options)
        made = await own.client.v1.accounts.create_async(params={}, options=options)
        assert [a.id for a in (await own.client.v1.accounts.list_async()).data] == [made.id]


async def test_the_sdks_own_retries_survive_a_lost_answer(start: Starter) -> None:
    async with start() as own, sdk("sk_test_sandbox", own.url, retries=2) as patient:
        await own.control("/faults", {"path": "/v1/accounts", "answer": "drop"})
        made = await patient.v1.accounts.create_async(params={})
        assert [a.id for a in (await patient.v1.accounts.list_async()).data] == [made.id]


async def test_a_request_may_be_lost_before_it_acts(start: Starter) -> None:
    async with start() as own:
        await own.control("/faults", {"path": "/v1/accounts", "act": False, "answer": "drop"})
        with pytest.raises(stripe.APIConnectionError):
            await own.account()
        assert (await own.client.v1.accounts.list_async()).data == []


async def test_rate_limits_are_rate_limits(sandbox: Running) -> None:
    session = await sandbox.session()
    await sandbox.control("/faults", {"path": f"*{session.id}", "act": False, "answer": "error", "status": 429})
    with pytest.raises(stripe.RateLimitError):
        await sandbox.client.v1.checkout.sessions.retrieve_async(session.id)


async def test_a_fault_lasts_until_it_is_taken_away(sandbox: Running) -> None:
    session = await sandbox.session()
    fields = {"path": f"*{session.id}", "act": False, "answer": "error", "status": 500, "times": None}
    fault = await sandbox.control("/faults", fields)
    for _ in range(3):
        with pytest.raises(stripe.APIError):
            await sandbox.client.v1.checkout.sessions.retrieve_async(session.id)
    await sandbox.control(f"/faults/{fault['id']}", method="DELETE")
    assert (await sandbox.client.v1.checkout.sessions.retrieve_async(session.id)).id == session.id


async def test_a_fault_that_makes_no_sense_is_refused(sandbox: Running) -> None:
    for fields in ({"colour": "red"}, {"answer": "maybe"}, {"act": False}):
        answer = await sandbox.http.post("/sandbox/control/faults", json=fields)
        assert answer.status_code == 422
