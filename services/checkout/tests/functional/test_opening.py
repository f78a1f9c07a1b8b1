"""A session is opened once: for the buyer who asks, or by the sweeper, which ends what nobody was sent to."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from chassis.db import Session

from .shop import Json, Page, Shop


async def interrupted(shop: Shop, page: Page) -> None:
    """Whose answer was lost a minute ago; the buyer has the key k1."""
    await shop.control("/faults", {"path": "/v1/checkout/sessions", "answer": "drop", "times": 2})
    assert (await shop.check_out(page, key="k1")).status_code == 503
    shop.clock.advance(timedelta(minutes=1))


async def at_stripe(shop: Shop, order_id: str) -> list[Json]:
    sessions = (await shop.at_stripe("/v1/checkout/sessions", limit=100))["data"]
    return [session for session in sessions if session["metadata"].get("order_id") == order_id]


async def is_open_for_its_buyer(shop: Shop, page: Page) -> None:
    buyer = await shop.check_out(page, key="k1")
    assert buyer.status_code == 201
    (session,) = await at_stripe(shop, buyer.json()["orderId"])
    assert (session["status"], session["url"]) == ("open", buyer.json()["url"])
    assert await shop.stock(page) == (1, 0, 0)


async def test_of_two_requests_under_one_key_both_lead_to_the_session(shop: Shop) -> None:
    page = await shop.page(limit=1)
    with shop.meanwhile("open_session", lambda: shop.check_out(page, key="k1")):
        second = await shop.check_out(page, key="k1")
    assert second.status_code == 201, second.text
    await is_open_for_its_buyer(shop, page)


async def test_the_sweeper_leaves_what_the_buyer_was_sent_to_before_it_looked(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = await shop.page(limit=1)
    await interrupted(shop, page)
    looks = shop.db.reading

    @asynccontextmanager
    async def after_the_buyer(**how: Any) -> AsyncIterator[Session]:
        monkeypatch.setattr(shop.db, "reading", looks)
        assert (await shop.check_out(page, key="k1")).status_code == 201
        async with looks(**how) as session:
            yield session

    monkeypatch.setattr(shop.db, "reading", after_the_buyer)
    await shop.jobs.attend_sessions(shop.db)
    await is_open_for_its_buyer(shop, page)


async def test_the_sweeper_leaves_what_the_buyer_was_sent_to_while_it_asked(shop: Shop) -> None:
    page = await shop.page(limit=1)
    await interrupted(shop, page)
    with shop.meanwhile("open_session", lambda: shop.check_out(page, key="k1")):
        await shop.jobs.attend_sessions(shop.db)
    await is_open_for_its_buyer(shop, page)


async def test_nobody_is_sent_to_what_the_sweeper_was_quicker_to_open(shop: Shop) -> None:
    page = await shop.page(limit=1)
    await interrupted(shop, page)
    with shop.meanwhile("open_session", lambda: shop.jobs.attend_sessions(shop.db)):
        buyer = await shop.check_out(page, key="k1")
    assert (buyer.status_code, buyer.json()["type"]) == (409, "order-closed")
    assert await shop.stock(page) == (0, 0, 0)


async def test_what_the_sweeper_opened_is_ended_even_if_it_was_interrupted_itself(shop: Shop) -> None:
    page = await shop.page(limit=1)
    await interrupted(shop, page)
    await shop.control("/faults", {"path": "*/expire", "act": False, "answer": "drop", "times": 2})
    await shop.jobs.attend_sessions(shop.db)
    again = await shop.check_out(page, key="k1")
    assert (again.status_code, again.json()["type"]) == (409, "order-closed")
    shop.clock.advance(timedelta(minutes=1))
    await shop.jobs.attend_sessions(shop.db)
    orders = (await shop.at_stripe("/v1/checkout/sessions", limit=1))["data"]
    assert [session["status"] for session in orders] == ["expired"]
    assert await shop.stock(page) == (0, 0, 0)
