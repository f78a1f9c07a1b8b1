"""Stripe's events: signed, in any order and number, each followed once, none lost."""

import asyncio
import json
from datetime import timedelta
from uuid import uuid4

import pytest
from chassis.clock import new_id
from chassis.testing import owed_mails, sign_in, told
from contracts.checkout import OrderFailed, OrderPaid, OrderRefunded
from sqlalchemy import text

from .shop import Json, Shop


async def unapplied(shop: Shop) -> list[str]:
    async with shop.db.reading() as session:
        rows = await session.execute(text("SELECT type FROM stripe_events WHERE applied_at IS NULL ORDER BY type"))
        return [row.type for row in rows]


def an_event(**more: object) -> Json:
    return {"id": f"evt_{uuid4().hex}", "type": "customer.created", "created": 1, "data": {"object": {}}, **more}


async def test_an_event_that_nobody_acts_on_is_received(shop: Shop) -> None:
    response = await shop.hear(an_event())
    assert (response.status_code, response.json()) == (200, {"received": True, "kept": False})


@pytest.mark.parametrize("skew", [-301, 301])
async def test_a_signature_from_another_time_is_refused(shop: Shop, skew: int) -> None:
    shop.clock.hold(shop.clock.now())
    response = await shop.deliver_raw(json.dumps(an_event()).encode(), skew=skew)
    assert (response.status_code, response.json()["type"]) == (400, "bad-signature")


async def test_a_signature_under_another_secret_is_refused(shop: Shop) -> None:
    response = await shop.deliver_raw(json.dumps(an_event()).encode(), secret="whsec_other")
    assert (response.status_code, response.json()["type"]) == (400, "bad-signature")


@pytest.mark.parametrize("header", [{}, {"stripe-signature": "t=x,v1=y"}, {"stripe-signature": "v1=00"}])
async def test_what_is_not_signed_is_refused(shop: Shop, header: dict[str, str]) -> None:
    response = await shop.client.post("/v1/webhooks/stripe", content=b"{}", headers=header)
    assert (response.status_code, response.json()["type"]) == (400, "bad-signature")


async def test_a_signed_body_that_is_no_event_is_refused(shop: Shop) -> None:
    for body in (b"not json", b"[]", b'{"type": "charge.refunded"}'):
        response = await shop.deliver_raw(body)
        assert (response.status_code, response.json()["type"]) == (400, "not-an-event"), body


async def test_while_a_secret_is_replaced_both_are_good(shop: Shop) -> None:
    for secret in (shop.secret, "whsec_second"):
        response = await shop.deliver_raw(json.dumps(an_event()).encode(), secret=secret)
        assert response.status_code == 200


async def test_a_body_beyond_256_kib_is_refused(shop: Shop) -> None:
    response = await shop.deliver_raw(b" " * (256 * 1024 + 1))
    assert (response.status_code, response.json()["type"]) == (413, "too-large")


async def test_a_declined_card_leaves_the_order_open(shop: Shop) -> None:
    page = await shop.page()
    order_id = await shop.order_on(page)
    await shop.pay(order_id, "decline")
    await shop.hear_all(order_id)
    assert (await shop.order(order_id)).status == "processing"
    await shop.pay(order_id)
    await shop.hear_all(order_id)
    assert (await shop.order(order_id)).status == "completed"


@pytest.mark.parametrize(("outcome", "status"), [("succeeded", "completed"), ("failed", "failed")])
@pytest.mark.parametrize("backwards", [False, True])
async def test_money_that_comes_later_decides(shop: Shop, outcome: str, status: str, backwards: bool) -> None:
    page = await shop.page(limit=1)
    order_id = await shop.order_on(page)
    await shop.pay(order_id, "later")
    session = await shop.session(order_id)
    await shop.control(f"/sessions/{session.stripe_session_id}/settle", {"outcome": outcome})
    events = await shop.events_of(order_id)
    for event in events[::-1] if backwards else events:
        assert (await shop.hear(event)).status_code == 200
    assert (await shop.order(order_id)).status == status
    assert await unapplied(shop) == []
    assert await shop.stock(page) == ((0, 1, 0) if status == "completed" else (0, 0, 0))
    assert len(await told(shop.db, OrderPaid)) == (status == "completed")


async def test_a_session_that_expired_gives_its_unit_back(shop: Shop) -> None:
    page = await shop.page(limit=1)
    order_id = await shop.order_on(page)
    session = await shop.session(order_id)
    await shop.control(f"/sessions/{session.stripe_session_id}/elapse")
    await shop.hear_all(order_id)
    (failed,) = await told(shop.db, OrderFailed)
    assert (failed.status, failed.reason) == ("expired", "session-expired")
    assert await shop.stock(page) == (0, 0, 0)


async def test_all_events_at_once_make_one_transition(shop: Shop) -> None:
    page = await shop.page()
    order_id = await shop.order_on(page)
    await shop.pay(order_id)
    events = await shop.events_of(order_id)
    answers = await asyncio.gather(*(shop.hear(event) for event in events * 4))
    assert {answer.status_code for answer in answers} == {200}
    assert len(await told(shop.db, OrderPaid)) == 1
    assert await owed_mails(shop.db) == [("order-link", order_id)]


async def test_a_refund_before_the_payment_ends_refunded(shop: Shop) -> None:
    page = await shop.page()
    order_id = await shop.order_on(page)
    paid = await shop.pay(order_id)
    await shop.control(f"/charges/{paid['payment_intent']}/refund")
    for event in (await shop.events_of(order_id))[::-1]:
        assert (await shop.hear(event)).status_code == 200
    order = await shop.order(order_id)
    assert (order.status, order.amount_refunded) == ("refunded", 1900)
    assert len(await told(shop.db, OrderPaid)) == 1
    assert [event.access_revoked for event in await told(shop.db, OrderRefunded)] == [True]
    assert await unapplied(shop) == []


async def test_an_event_about_an_unknown_order_is_kept(shop: Shop) -> None:
    page = await shop.page()
    order_id = await shop.order_on(page)
    await shop.pay(order_id)
    completed = next(e for e in await shop.events_of(order_id) if e["type"] == "checkout.session.completed")
    later = new_id()
    completed["data"]["object"]["metadata"] = {"order_id": str(later)}
    completed["data"]["object"]["id"] = "cs_test_elsewhere"
    assert (await shop.hear(completed)).json() == {"received": True, "kept": True}
    assert await unapplied(shop) == ["checkout.session.completed"]
    await rename_order(shop, str(order_id), str(later))
    shop.clock.advance(timedelta(minutes=1))
    await shop.jobs.follow_waiting_events(shop.db)
    assert (await shop.order(later)).status == "completed"
    assert await unapplied(shop) == []


async def rename_order(shop: Shop, old: str, new: str) -> None:
    """As if the order became known only now."""
    copied = (
        "INSERT INTO orders SELECT (changed).* FROM (SELECT jsonb_populate_record(o, jsonb_build_object('id',"
        " CAST(:new AS text))) AS changed FROM orders o WHERE o.id = CAST(:old AS uuid)) AS renamed"
    )
    async with shop.db.transaction() as tx:
        await tx.session.execute(text(copied), {"old": old, "new": new})
        moved = "UPDATE checkout_sessions SET stripe_session_id = NULL, order_id = CAST(:new AS uuid)"
        await tx.session.execute(text(moved), {"new": new})


async def test_what_was_paid_otherwise_than_asked_is_for_a_person(shop: Shop) -> None:
    page = await shop.page(limit=1)
    order_id = await shop.order_on(page)
    await shop.pay(order_id)
    completed = next(e for e in await shop.events_of(order_id) if e["type"] == "checkout.session.completed")
    completed["data"]["object"]["amount_total"] = 1
    await shop.hear(completed)
    order = await shop.order(order_id)
    assert (order.status, order.needs_review, order.reason) == ("processing", True, "amount-differs")
    assert await told(shop.db, OrderPaid) == []
    assert await shop.stock(page) == (0, 0, 1)
    ended = await shop.client.delete(f"/v1/orders/{order_id}/review", headers=sign_in(page.creator_id))
    assert (ended.status_code, ended.json()["type"]) == (409, "review-open")
    assert (await shop.order(order_id)).needs_review


async def test_the_buyers_address_is_kept_apart_and_not_with_the_event(shop: Shop) -> None:
    order_id = await shop.paid_order_on(await shop.page())
    async with shop.db.reading() as session:
        contact = (await session.execute(text("SELECT customer_id, email, name FROM customer_contacts"))).one()
        kept = (await session.execute(text("SELECT count(*) FROM stripe_events WHERE notice IS NOT NULL"))).scalar()
        outbox = (await session.execute(text("SELECT string_agg(payload::text, '') FROM outbox"))).scalar() or ""
    assert (contact.email, contact.name) == ("buyer@example.test", "Grace")
    assert (await shop.order(order_id)).customer_id == contact.customer_id
    assert kept == 0
    assert "buyer@example" not in outbox


async def test_an_order_whose_webhook_was_lost_is_asked_about(shop: Shop) -> None:
    page = await shop.page()
    order_id = await shop.order_on(page)
    await shop.pay(order_id)
    await shop.jobs.attend_sessions(shop.db)
    assert (await shop.order(order_id)).status == "processing"
    shop.clock.advance(timedelta(minutes=10))
    await shop.jobs.attend_sessions(shop.db)
    assert (await shop.order(order_id)).status == "completed"
    assert (await shop.session(order_id)).ask_due_at is None
