"""Buyers: their orders looked up by mail, reminders, and being forgotten without a trace."""

import csv
import io
import time
from datetime import timedelta
from uuid import UUID

from chassis.api import FLOOR_SECONDS
from chassis.clock import new_id
from chassis.testing import deliver, owed_mails, sign_in, told
from checkout.models import Order
from contracts.checkout import CustomerErased
from contracts.delivery import DownloadAttempted, DownloadOutcome, GrantUnused
from sqlalchemy import text

from .shop import Json, Page, Shop

BUYER = "grace.hopper@example.test"


async def mail_of(shop: Shop, kind: str, about: UUID) -> str:
    async with shop.db.reading() as session:
        mail = await shop.service.mails[kind](session, about)
    assert mail is not None
    assert mail.recipient == BUYER
    return mail.text


async def bought(shop: Shop, page: Page) -> Order:
    order_id = await shop.order_on(page, email=BUYER)
    await shop.pay(order_id, email=BUYER)
    await shop.hear_all(order_id)
    return await shop.order(order_id)


def grant(order: Order, clock_now: object, **more: object) -> Json:
    fields: Json = {
        "id": new_id(), "version": 1, "order_id": order.id, "creator_id": order.creator_id,
        "product_id": order.product_id, "file_id": new_id(), "attempts_allowed": 5, "attempts_used": 0,
        "expires_at": clock_now,
    }  # fmt: skip
    return {**fields, **more}


async def test_a_look_up_mails_the_links_and_says_nothing(shop: Shop) -> None:
    order = await bought(shop, await shop.page())
    answers = [
        await shop.client.post("/v1/orders/lookup", json={"email": email})
        for email in (BUYER.upper(), "nobody@example.test", BUYER)
    ]
    assert {(answer.status_code, answer.text) for answer in answers} == {(202, '{"accepted":true}')}
    owed = [about for kind, about in await owed_mails(shop.db) if kind == "orders-found"]
    assert len(owed) == 1
    link = shop.service.state["links"].download_path(order)
    assert link in await mail_of(shop, "orders-found", owed[0])


async def test_a_look_up_is_answered_no_sooner_for_who_is_not_known(shop: Shop) -> None:
    await bought(shop, await shop.page())
    for email in (BUYER, "nobody@example.test"):
        began = time.monotonic()
        await shop.client.post("/v1/orders/lookup", json={"email": email})
        assert time.monotonic() - began >= FLOOR_SECONDS


async def test_look_ups_of_one_address_are_throttled(shop: Shop) -> None:
    answers = [await shop.client.post("/v1/orders/lookup", json={"email": BUYER}) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [202] * 5 + [429]


async def test_who_has_not_downloaded_is_reminded_once(shop: Shop) -> None:
    order = await bought(shop, await shop.page())
    ends = shop.clock.now() + timedelta(hours=47)
    unused = GrantUnused(**grant(order, ends))
    await deliver(shop.service, unused)
    await deliver(shop.service, unused)
    assert [about for kind, about in await owed_mails(shop.db) if kind == "download-unused"] == [order.id]
    assert "not downloaded it yet" in await mail_of(shop, "download-unused", order.id)


async def test_who_downloaded_meanwhile_is_not_reminded(shop: Shop) -> None:
    order = await bought(shop, await shop.page())
    now = shop.clock.now()
    await deliver(shop.service, GrantUnused(**grant(order, now)))
    more = {"version": 2, "attempt_id": new_id(), "at": now, "outcome": DownloadOutcome.GRANTED}
    await deliver(shop.service, DownloadAttempted(**grant(order, now, **more, user_agent_family="Firefox")))
    async with shop.db.reading() as session:
        assert await shop.service.mails["download-unused"](session, order.id) is None


async def everywhere(shop: Shop, needle: str) -> list[str]:
    """The tables that hold a row with `needle` in any column."""
    async with shop.db.reading() as session:
        tables = await session.execute(
            text(
                "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
                " WHERE nspname = 'public' AND relkind IN ('r', 'p') AND NOT relispartition"
            )
        )
        found = []
        for (table,) in tables.all():
            rows = f"SELECT count(*) FROM {table} t WHERE t::text ILIKE :needle"
            if (await session.execute(text(rows), {"needle": f"%{needle}%"})).scalar_one():
                found.append(table)
    return found


async def test_an_erased_customer_is_nowhere(shop: Shop) -> None:
    page = await shop.page()
    order = await bought(shop, page)
    unpaid = await shop.order_on(page, email=BUYER)
    shop.clock.advance(timedelta(minutes=11))
    await shop.client.post("/v1/orders/lookup", json={"email": BUYER})
    assert "customer_contacts" in await everywhere(shop, BUYER)
    path = f"/v1/customers/{order.customer_id}/erase"
    assert (await shop.client.post(path, headers=sign_in(new_id()))).status_code == 404
    for _ in range(2):
        assert (await shop.client.post(path, headers=sign_in(page.creator_id))).status_code == 204
    assert await everywhere(shop, BUYER) == []
    assert await everywhere(shop, "Grace") == []
    assert [event.id for event in await told(shop.db, CustomerErased)] == [order.customer_id]
    assert (await shop.order(order.id)).customer_id == (await shop.order(unpaid)).customer_id == order.customer_id


async def test_a_sessions_request_does_not_keep_who_was_erased(shop: Shop) -> None:
    page = await shop.page()
    await shop.control("/faults", {"path": "/v1/checkout/sessions", "answer": "error", "act": False, "times": None})
    assert (await shop.check_out(page, email=BUYER)).status_code == 503
    await shop.stripe.delete("/sandbox/control/faults")
    assert "checkout_sessions" in await everywhere(shop, BUYER)
    orders = (await shop.client.get("/v1/orders", headers=sign_in(page.creator_id))).json()["items"]
    await shop.client.post(f"/v1/customers/{orders[0]['customerId']}/erase", headers=sign_in(page.creator_id))
    assert await everywhere(shop, BUYER) == []


async def test_a_buyer_erases_themselves_by_the_link_of_the_mail(shop: Shop) -> None:
    order = await bought(shop, await shop.page())
    url = shop.service.state["links"].erasure_url(order.customer_id)
    page = await shop.client.get(f"/o/erase?customer={order.customer_id}")
    path = f"/v1/customers/{order.customer_id}/erasure"
    assert (page.status_code, f"/api/checkout{path}" in page.text) == (200, True)
    assert (await shop.client.post(path, json={"token": "wrong"})).status_code == 404
    assert await everywhere(shop, BUYER)
    assert (await shop.client.post(path, json={"token": url.rpartition("#")[2]})).status_code == 204
    assert await everywhere(shop, BUYER) == []


async def test_orders_are_exported_as_they_are_listed(shop: Shop) -> None:
    page, other = await shop.page(), await shop.page()
    mine = [await shop.order_on(page) for _ in range(3)]
    await shop.order_on(other)
    exported = await shop.client.get("/v1/orders.csv?status=processing", headers=sign_in(page.creator_id))
    rows = list(csv.DictReader(io.StringIO(exported.text)))
    assert [row["id"] for row in rows] == [str(order_id) for order_id in reversed(mine)]
    assert (rows[0]["priceInCents"], rows[0]["status"]) == ("1900", "processing")
    assert exported.headers["content-type"].startswith("text/csv")
    none = await shop.client.get("/v1/orders.csv?status=refunded", headers=sign_in(page.creator_id))
    assert len(none.text.splitlines()) == 1
