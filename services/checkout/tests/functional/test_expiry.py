"""When a page closes, what is open is ended at that instant; what was confirmed before it is honoured."""

from datetime import UTC, datetime, timedelta

from chassis.testing import told
from contracts.checkout import OrderFailed, OrderPaid, StockChanged
from contracts.pages import PageExpired, PageUpdated

from .shop import Shop


async def test_open_sessions_end_at_the_instant(shop: Shop) -> None:
    page = await shop.page(limit=2, expires_at=shop.clock.now() + timedelta(minutes=5))
    order_id = await shop.order_on(page)
    due = await shop.jobs.attend_sessions(shop.db)
    assert due == page.event.expires_at
    assert (await shop.order(order_id)).status == "processing"
    shop.clock.set(page.event.expires_at)
    await shop.jobs.attend_sessions(shop.db)
    (failed,) = await told(shop.db, OrderFailed)
    assert (failed.id, failed.status, failed.reason) == (order_id, "expired", "page-expired")
    assert await shop.stock(page) == (0, 0, 0)
    session = await shop.session(order_id)
    assert (await shop.at_stripe(f"/v1/checkout/sessions/{session.stripe_session_id}"))["status"] == "expired"
    assert session.ask_due_at is None
    await shop.hear_all(order_id)
    assert len(await told(shop.db, OrderFailed)) == 1


async def test_an_earlier_end_is_kept_too(shop: Shop) -> None:
    page = await shop.page()
    order_id = await shop.order_on(page)
    await shop.change(page, PageExpired, expires_at=shop.clock.now())
    await shop.jobs.attend_sessions(shop.db)
    assert (await shop.order(order_id)).reason == "page-expired"


async def test_what_was_paid_before_the_instant_is_honoured_when_it_is_heard_after(shop: Shop) -> None:
    page = await shop.page(expires_at=shop.clock.now() + timedelta(minutes=5))
    order_id = await shop.order_on(page)
    await shop.pay(order_id)
    shop.clock.set(page.event.expires_at + timedelta(minutes=1))
    await shop.jobs.attend_sessions(shop.db)
    assert (await shop.order(order_id)).status == "completed"
    assert len(await told(shop.db, OrderPaid)) == 1


async def test_an_event_that_is_younger_than_its_payment_does_not_make_it_late(shop: Shop) -> None:
    page = await shop.page()
    order_id = await shop.order_on(page)
    await shop.pay(order_id)
    (completed,) = [e for e in await shop.events_of(order_id) if e["type"] == "checkout.session.completed"]
    paid_at = datetime.fromtimestamp(completed["created"], UTC)
    await shop.change(page, PageUpdated, expires_at=paid_at + timedelta(seconds=2))
    await shop.control("/faults", {"path": "/v1/checkout/sessions/*", "method": "GET", "answer": "drop", "times": 2})
    told_later = {**completed, "created": completed["created"] + 3}
    assert (await shop.hear(told_later)).status_code == 200
    assert (await shop.order(order_id)).status == "processing"
    shop.clock.advance(timedelta(minutes=2))
    await shop.jobs.follow_waiting_events(shop.db)
    assert (await shop.order(order_id)).status == "completed"


async def test_money_that_travels_over_the_instant_is_honoured(shop: Shop) -> None:
    page = await shop.page(expires_at=shop.clock.now() + timedelta(minutes=5))
    order_id = await shop.order_on(page)
    await shop.pay(order_id, "later")
    shop.clock.set(page.event.expires_at + timedelta(minutes=1))
    await shop.jobs.attend_sessions(shop.db)
    session = await shop.session(order_id)
    assert (await shop.order(order_id)).status == "processing"
    await shop.control(f"/sessions/{session.stripe_session_id}/settle", {"outcome": "succeeded"})
    await shop.hear_all(order_id)
    assert (await shop.order(order_id)).status == "completed"


async def test_access_counts_from_when_the_money_is_here(shop: Shop) -> None:
    """A bank may take longer than a download lasts."""
    page = await shop.page()
    order_id = await shop.order_on(page)
    await shop.pay(order_id, "later")
    await shop.hear_all(order_id)
    shop.clock.advance(timedelta(days=8))
    arrives = shop.clock.now()
    await shop.control(f"/sessions/{(await shop.session(order_id)).stripe_session_id}/settle", {"outcome": "succeeded"})
    await shop.hear_all(order_id)
    (paid,) = await told(shop.db, OrderPaid)
    assert paid.paid_at is not None
    assert paid.paid_at >= arrives


async def test_stripe_being_away_delays_the_end(shop: Shop) -> None:
    page = await shop.page(expires_at=shop.clock.now() + timedelta(minutes=5))
    order_id = await shop.order_on(page)
    shop.clock.set(page.event.expires_at)
    await shop.control("/faults", {"path": "*/expire", "act": False, "answer": "drop", "times": 2})
    await shop.jobs.attend_sessions(shop.db)
    assert (await shop.order(order_id)).status == "processing"
    shop.clock.advance(timedelta(seconds=3))
    await shop.jobs.attend_sessions(shop.db)
    assert (await shop.order(order_id)).status == "expired"


async def test_a_raised_limit_is_told_and_sells(shop: Shop) -> None:
    page = await shop.page(price=0, limit=1)
    assert (await shop.check_out(page)).status_code == 201
    assert (await shop.check_out(page)).status_code == 409
    await shop.change(page, PageUpdated, quantity_limit=2)
    shop.clock.advance(timedelta(seconds=1))
    await shop.jobs.tell_stock(shop.db)
    changed = (await told(shop.db, StockChanged))[-1]
    assert (changed.quantity_limit, changed.remaining, changed.sold) == (2, 1, 1)
    assert (await shop.check_out(page)).status_code == 201
