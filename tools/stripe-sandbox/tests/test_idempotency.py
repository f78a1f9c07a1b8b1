"""Idempotency keys as Stripe keeps them."""

import asyncio

import pytest
import stripe
from stripe_sandbox.testing import PATIENCE, Running, Starter


async def expire(sandbox: Running, identifier: str, key: str) -> stripe.checkout.Session:
    return await sandbox.client.v1.checkout.sessions.expire_async(identifier, options={"idempotency_key": key})


async def test_the_same_request_is_answered_the_same_and_done_once(sandbox: Running) -> None:
    intent = await sandbox.paid()
    options: stripe.RequestOptions = {"idempotency_key": "refund:r1:1"}
    refunds = sandbox.client.v1.refunds
    first = await refunds.create_async(params={"payment_intent": intent.id, "amount": 100}, options=options)
    again = await refunds.create_async(params={"payment_intent": intent.id, "amount": 100}, options=options)
    assert first.id == again.id
    assert first.last_response is not None
    assert again.last_response is not None
    assert "idempotent-replayed" not in first.last_response.headers
    assert again.last_response.headers["idempotent-replayed"] == "true"
    assert again.last_response.headers["original-request"] == first.last_response.request_id
    assert again.last_response.request_id != first.last_response.request_id
    assert len((await refunds.list_async(params={"payment_intent": intent.id})).data) == 1


async def test_other_parameters_or_another_endpoint_are_an_idempotency_error(sandbox: Running) -> None:
    intent = await sandbox.paid()
    options: stripe.RequestOptions = {"idempotency_key": "refund:r2:1"}
    await sandbox.client.v1.refunds.create_async(params={"payment_intent": intent.id, "amount": 1}, options=options)
    with pytest.raises(stripe.IdempotencyError, match="same parameters") as caught:
        await sandbox.client.v1.refunds.create_async(params={"payment_intent": intent.id, "amount": 2}, options=options)
    assert caught.value.http_status == 400
    with pytest.raises(stripe.IdempotencyError, match="same endpoint"):
        await expire(sandbox, (await sandbox.session()).id, "refund:r2:1")


async def test_an_error_is_replayed_when_the_operation_had_begun(sandbox: Running) -> None:
    session = await sandbox.session()
    await sandbox.pay(session)
    for replayed in (None, "true"):
        with pytest.raises(stripe.InvalidRequestError) as caught:
            await expire(sandbox, session.id, "expire:s1:1")
        assert (caught.value.headers or {}).get("idempotent-replayed") == replayed


async def test_a_request_that_failed_validation_leaves_its_key_free(sandbox: Running) -> None:
    options: stripe.RequestOptions = {"idempotency_key": "refund:r3:1"}
    with pytest.raises(stripe.InvalidRequestError):
        await sandbox.client.v1.refunds.create_async(params={"amount": -1}, options=options)
    intent = await sandbox.paid()
    made = await sandbox.client.v1.refunds.create_async(params={"payment_intent": intent.id}, options=options)
    assert made.status == "succeeded"


async def test_two_at_once_are_a_conflict(sandbox: Running) -> None:
    session = await sandbox.session()
    await sandbox.control("/faults", {"path": f"*{session.id}/expire", "delay_before": 0.3})
    slow = asyncio.create_task(expire(sandbox, session.id, "expire:s2:1"))
    async with asyncio.timeout(PATIENCE):
        while await sandbox.control("/faults", method="GET"):
            pass
    with pytest.raises(stripe.APIError) as caught:
        await expire(sandbox, session.id, "expire:s2:1")
    assert caught.value.error is not None
    assert (caught.value.http_status, caught.value.error.code) == (409, "idempotency_key_in_use")
    assert (await slow).status == "expired"


async def test_a_key_has_at_most_255_characters(sandbox: Running) -> None:
    session = await sandbox.session()
    with pytest.raises(stripe.IdempotencyError):
        await expire(sandbox, session.id, "k" * 256)
    assert (await expire(sandbox, session.id, "k" * 255)).status == "expired"


async def test_a_key_is_forgotten_after_a_day(start: Starter) -> None:
    async with start() as own:
        first = await own.client.v1.accounts.create_async(params={}, options={"idempotency_key": "account:a1:1"})
        own.clock.ahead = 86_401
        second = await own.client.v1.accounts.create_async(params={}, options={"idempotency_key": "account:a1:1"})
        assert first.id != second.id
