"""Error shapes, keys, expansion and paging, as the SDK understands them."""

import httpx
import pytest
import stripe
from stripe_sandbox.testing import Running, Starter, sdk


async def test_a_wrong_key_is_an_authentication_error(sandbox: Running) -> None:
    async with sdk("sk_test_somebody_else", sandbox.url) as stranger:
        with pytest.raises(stripe.AuthenticationError, match=r"Invalid API Key provided: sk_test_\*+else"):
            await stranger.v1.charges.list_async()


async def test_a_missing_key_is_refused_before_anything_else(sandbox: Running) -> None:
    answer = await sandbox.http.get("/v1/nothing")
    assert answer.status_code == 401
    assert answer.json()["error"]["type"] == "invalid_request_error"


async def test_basic_authentication_works_like_stripes_curl_examples(sandbox: Running) -> None:
    answer = await sandbox.http.get("/v1/charges", auth=("sk_test_sandbox", ""))
    assert answer.status_code == 200


async def test_what_is_not_there_is_missing_and_named(sandbox: Running) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="No such payment_intent: 'pi_none'") as caught:
        await sandbox.client.v1.payment_intents.retrieve_async("pi_none")
    assert (caught.value.http_status, caught.value.code, caught.value.param) == (404, "resource_missing", "intent")
    assert caught.value.error is not None
    assert caught.value.error.doc_url == "https://stripe.com/docs/error-codes/resource-missing"
    assert caught.value.request_id


async def test_an_operation_that_is_not_there_is_unrecognized(sandbox: Running) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="Unrecognized request URL"):
        await sandbox.client.v1.customers.list_async()


async def test_an_api_version_that_is_none_is_refused(sandbox: Running) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="Invalid Stripe API version: yesterday"):
        await sandbox.client.v1.charges.list_async(options={"stripe_version": "yesterday"})


async def test_every_answer_names_request_and_version(sandbox: Running) -> None:
    session = await sandbox.session()
    assert session.last_response is not None
    assert str(session.last_response.request_id).startswith("req_")
    assert session.last_response.headers["stripe-version"] == "2026-10-28.endive"


@pytest.mark.parametrize("path", ["colour", "amount_total", "payment_intent.colour", "a.b.c.d.e"])
async def test_what_cannot_be_expanded_is_refused(sandbox: Running, path: str) -> None:
    session = await sandbox.session()
    await sandbox.pay(session)
    with pytest.raises(stripe.InvalidRequestError):
        await sandbox.client.v1.checkout.sessions.retrieve_async(session.id, params={"expand": [path]})


async def test_lists_page_forwards_and_backwards(start: Starter) -> None:
    async with start() as own:
        made = [(await own.session()).id for _ in range(5)][::-1]
        sessions = own.client.v1.checkout.sessions
        first = await sessions.list_async(params={"limit": 2})
        assert ([s.id for s in first.data], first.has_more) == (made[:2], True)
        after = await sessions.list_async(params={"limit": 3, "starting_after": made[1]})
        assert ([s.id for s in after.data], after.has_more) == (made[2:], False)
        before = await sessions.list_async(params={"limit": 2, "ending_before": made[3]})
        assert ([s.id for s in before.data], before.has_more) == (made[1:3], True)
        assert [s.id async for s in first.auto_paging_iter()] == made


async def test_lists_are_expanded_and_bounded_by_time(start: Starter) -> None:
    async with start() as own:
        intent = await own.paid()
        charges = await own.client.v1.charges.list_async(
            params={"expand": ["data.payment_intent"], "created": {"gte": intent.created - 5}}
        )
        assert isinstance(charges.data[0].payment_intent, stripe.PaymentIntent)
        late = await own.client.v1.charges.list_async(params={"created": {"gt": intent.created + 5}})
        assert late.data == []


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("limit=101", "limit"),
        ("limit=x", "limit"),
        ("starting_after=ch_none", "starting_after"),
        ("colour=red", "colour"),
    ],
)
async def test_a_list_asked_for_wrongly_is_refused(sandbox: Running, query: str, param: str) -> None:
    answer = await sandbox.http.get(f"/v1/charges?{query}", auth=httpx.BasicAuth("sk_test_sandbox", ""))
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)
