"""Deliveries: signed, retried, kept, and disturbed on demand. Verified by the SDK in the receiver."""

import asyncio
from pathlib import Path

import pytest
import stripe
from stripe_sandbox.config import Retries, Webhook
from stripe_sandbox.testing import PATIENCE, PLATFORM_SECRET, Running, Starter


async def settled(sandbox: Running) -> dict[str, int]:
    counts: dict[str, int] = (await sandbox.control("/webhooks", method="GET"))["deliveries"]
    return counts


async def delivery(sandbox: Running, **wanted: object) -> None:
    """Wait until the newest delivery is as wanted, in the sandbox's own books."""
    async with asyncio.timeout(PATIENCE):
        while True:
            newest = (await sandbox.control("/deliveries", method="GET"))[0]
            if newest.items() >= wanted.items():
                return


async def test_an_event_is_what_the_api_says_it_is(start: Starter) -> None:
    async with start() as own:
        session = await own.client.v1.checkout.sessions.expire_async((await own.session()).id)
        event = await own.receiver.event("checkout.session.expired", session.id)
        assert event.api_version == "2026-10-28.endive"
        assert event.request is not None
        assert event.request.id
        assert event.request.idempotency_key
        kept = await own.client.v1.events.retrieve_async(event.id)
        assert kept.data.object["id"] == session.id
        listed = await own.client.v1.events.list_async(params={"types": ["checkout.session.*"]})
        assert [e.id for e in listed.data] == [event.id]
        assert (await own.client.v1.events.list_async(params={"type": "charge.refunded"})).data == []


async def test_the_callers_api_version_is_the_events(sandbox: Running) -> None:
    session = await sandbox.session()
    await sandbox.client.v1.checkout.sessions.expire_async(session.id, options={"stripe_version": "2026-08-26.dahlia"})
    event = await sandbox.receiver.event("checkout.session.expired", session.id)
    assert event.api_version == "2026-08-26.dahlia"


async def test_a_delivery_is_retried_until_it_is_taken(start: Starter) -> None:
    async with start() as own:
        own.receiver.answers = [500, 302, 404]
        session = await own.session()
        await own.client.v1.checkout.sessions.expire_async(session.id)
        event = await own.receiver.event("checkout.session.expired", session.id)
        assert own.receiver.attempts == 4
        await delivery(own, event=event.id, type="checkout.session.expired", state="delivered", attempts=4, status=200)


async def test_a_delivery_is_given_up_after_three_days(start: Starter) -> None:
    async with start(retries=Retries(first=3600, cap=3600)) as own:
        own.receiver.answers = [500, 500]
        await own.client.v1.checkout.sessions.expire_async((await own.session()).id)
        await delivery(own, state="pending", attempts=1)
        own.clock.ahead = 3 * 86400 + 1
        await own.control("/webhooks/retry")
        await delivery(own, state="failed", attempts=2)
        assert own.receiver.attempts == 2


@pytest.mark.parametrize("order", ["created", "reversed"])
async def test_held_deliveries_are_released_in_the_order_asked_for(start: Starter, order: str) -> None:
    async with start() as own:
        await own.control("/webhooks/pause")
        await own.pay(await own.session())
        assert (await settled(own))["held"] == 4
        assert own.receiver.attempts == 0
        assert await own.control("/webhooks/release", {"order": order}) == {"released": 4}
        await own.receiver.until(lambda: own.receiver.attempts == 4)
        told = ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "checkout.session.completed"]
        assert own.receiver.kinds() == (told if order == "created" else told[::-1])


async def test_duplicates_and_delays_are_made_on_demand(start: Starter) -> None:
    async with start() as own:
        await own.control("/webhooks/disturb", {"duplicates": 2, "delay_min": 0, "delay_max": 0.2, "seed": 7})
        await own.pay(await own.session())
        await own.receiver.until(lambda: own.receiver.attempts == 12)
        assert len({event.id for event in own.receiver.platform}) == 4
        await own.control("/webhooks/disturb", {})
        await own.client.v1.checkout.sessions.expire_async((await own.session()).id)
        await own.receiver.until(lambda: own.receiver.attempts == 13)


async def test_an_event_can_be_sent_again(start: Starter) -> None:
    async with start() as own:
        session = await own.session()
        await own.client.v1.checkout.sessions.expire_async(session.id)
        event = await own.receiver.event("checkout.session.expired", session.id)
        await own.control(f"/events/{event.id}/deliver", {"times": 2})
        await own.receiver.until(lambda: len(own.receiver.platform) == 3)
        assert {e.id for e in own.receiver.platform} == {event.id}


async def test_while_a_secret_rotates_both_sign(start: Starter) -> None:
    async with start() as own:
        endpoints = (await own.control("/webhooks", method="GET"))["endpoints"]
        platform = next(e for e in endpoints if not e["connect"])
        await own.control(f"/webhook_endpoints/{platform['id']}/rotate", {"secret": "whsec_new"})
        session = await own.session()
        await own.client.v1.checkout.sessions.expire_async(session.id)
        await own.receiver.event("checkout.session.expired", session.id)
        assert own.receiver.signatures[-1].count("v1=") == 2


async def test_endpoints_are_made_changed_and_taken_away_through_the_api(start: Starter) -> None:
    async with start(webhooks=()) as own:
        endpoints = own.client.v1.webhook_endpoints
        made = await endpoints.create_async(
            params={"url": own.receiver.url + "/platform", "enabled_events": ["checkout.session.expired"]}
        )
        assert made.secret
        assert made.secret.startswith("whsec_")
        assert getattr(await endpoints.retrieve_async(made.id), "secret", None) is None
        await own.control(f"/webhook_endpoints/{made.id}/rotate", {"secret": PLATFORM_SECRET, "keep_old": False})
        await own.client.v1.checkout.sessions.expire_async((await own.session()).id)
        await own.pay(await own.session())
        await own.receiver.until(lambda: own.receiver.attempts == 1)
        assert own.receiver.kinds() == ["checkout.session.expired"]
        await endpoints.update_async(made.id, params={"disabled": True})
        await own.client.v1.checkout.sessions.expire_async((await own.session()).id)
        assert (await settled(own))["pending"] == 0
        assert (await endpoints.delete_async(made.id)).deleted
        assert (await endpoints.list_async()).data == []


async def test_an_endpoint_may_be_pinned_to_an_api_version(start: Starter) -> None:
    receiver = "/platform"
    async with start(webhooks=()) as own:
        endpoint = await own.client.v1.webhook_endpoints.create_async(
            params={"url": own.receiver.url + receiver, "enabled_events": ["*"], "api_version": "2026-08-26.dahlia"}
        )
        await own.control(f"/webhook_endpoints/{endpoint.id}/rotate", {"secret": PLATFORM_SECRET, "keep_old": False})
        session = await own.session()
        await own.client.v1.checkout.sessions.expire_async(session.id)
        assert (await own.receiver.event("checkout.session.expired", session.id)).api_version == "2026-08-26.dahlia"


async def test_what_is_owed_follows_an_endpoint_to_its_new_address(start: Starter, tmp_path: Path) -> None:
    gone = Webhook("http://127.0.0.1:9/", (PLATFORM_SECRET,))
    async with start(tmp_path, webhooks=(gone,)) as own:
        session = await own.session()
        await own.client.v1.checkout.sessions.expire_async(session.id)
    async with start(tmp_path) as own:
        await own.receiver.event("checkout.session.expired", session.id)


async def test_a_restart_with_fewer_endpoints_forgets_the_old_endpoint(start: Starter, tmp_path: Path) -> None:
    async with start(tmp_path) as own:
        assert len((await own.client.v1.webhook_endpoints.list_async()).data) == 2
    async with start(tmp_path, webhooks=(Webhook("http://127.0.0.1:9/", ("whsec_x",)),)) as own:
        assert [e.url for e in (await own.client.v1.webhook_endpoints.list_async()).data] == ["http://127.0.0.1:9/"]


async def test_a_forged_body_is_not_verified(sandbox: Running) -> None:
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(b"{}", "t=1,v1=00", PLATFORM_SECRET)
