"""What creators are written about their sales, and how they turn it off."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from chassis.clock import new_id
from chassis.lifecycle import Service
from chassis.testing import deliver, owed_mails, until_somebody_waits_for
from contracts.checkout import DisputeClosed, OrderDisputed, OrderPaid, OrderRefunded, OrderStatus
from contracts.pages import PageExpired, PageExpiring, PagePublished, PageUpdated
from sqlalchemy import text

from .actors import PASSWORD, Browser, a_page_event, a_product, an_order_event, mailed, verified

PAID = {"token_hash": "0" * 64, "link_generation": 1}


@pytest.fixture
async def page(service: Service, creator: Browser) -> dict[str, Any]:
    """A live page of a creator who has verified their address."""
    await verified(service, creator)
    product = await a_product(creator, name="Field Guide")
    told_of = a_page_event(product["creatorId"], product["id"])
    await deliver(service, PagePublished(**told_of))
    return told_of


async def sold(service: Service, page: dict[str, Any], **fields: Any) -> dict[str, Any]:
    order = an_order_event(page, **fields)
    await deliver(service, OrderPaid(**order, **PAID))
    return order


async def test_a_sale_is_written_once_however_often_it_is_told(service: Service, page: dict[str, Any]) -> None:
    order = await sold(service, page)
    await deliver(service, OrderPaid(**{**order, "version": 4}, **PAID))
    mail = await mailed(service, "sale-made")
    assert mail is not None
    assert (mail.recipient, mail.subject) == ("ada@example.com", "Sold: Field Guide")
    assert "€19.00" in mail.text
    assert [kind for kind, _ in await owed_mails(service.db)].count("sale-made") == 1


async def test_a_dispute_is_written_when_it_opens_and_how_it_ends(service: Service, page: dict[str, Any]) -> None:
    order = await sold(service, page)
    await deliver(service, OrderDisputed(**{**order, "version": 3, "status": OrderStatus.DISPUTED}))
    opened = await mailed(service, "dispute-opened")
    await deliver(service, DisputeClosed(**{**order, "version": 4, "status": OrderStatus.CHARGED_BACK}))
    closed = await mailed(service, "dispute-closed")
    assert opened is not None
    assert closed is not None
    assert opened.subject == "A payment is disputed: Field Guide"
    assert closed.subject == "The dispute is lost: Field Guide"


async def test_a_page_is_written_about_a_day_before_its_end_and_with_what_it_brought(
    service: Service, page: dict[str, Any]
) -> None:
    await deliver(service, PageExpiring(**{**page, "version": 3}))
    expiring = await mailed(service, "page-expiring")
    assert expiring is not None
    assert expiring.subject == "One day left: Light"
    assert f"/p/{page['short_id']}" in expiring.text
    for _ in range(2):
        await sold(service, page)
    part = await sold(service, page, currency="JPY", amount_paid=1500)
    refunded = {**part, "version": 3, "amount_refunded": 500, "status": OrderStatus.PARTIALLY_REFUNDED}
    await deliver(service, OrderRefunded(**refunded, access_revoked=False))
    lost = await sold(service, page, currency="JPY", amount_paid=900)
    await deliver(service, DisputeClosed(**{**lost, "version": 3, "status": OrderStatus.CHARGED_BACK}))
    await deliver(service, PageExpired(**{**page, "version": 4}))
    expired = await mailed(service, "page-expired")
    assert expired is not None
    assert "2 orders, €38.00" in expired.text
    assert "2 orders, ¥1,000" in expired.text


async def test_each_end_that_a_page_is_given_is_warned_of_once(service: Service, page: dict[str, Any]) -> None:
    expiring, event_id = PageExpiring(**{**page, "version": 3}), new_id()
    for told_as in (event_id, event_id, new_id()):
        await deliver(service, expiring, event_id=told_as)
    assert [kind for kind, _ in await owed_mails(service.db)].count("page-expiring") == 1
    extended = {**page, "expires_at": page["expires_at"] + timedelta(days=9)}
    await deliver(service, PageUpdated(**{**extended, "version": 4}))
    assert await mailed(service, "page-expiring") is None, "it was put off before the mail was sent"
    await deliver(service, PageExpiring(**{**extended, "version": 5}))
    assert [kind for kind, _ in await owed_mails(service.db)].count("page-expiring") == 2
    mail = await mailed(service, "page-expiring")
    assert mail is not None


async def test_each_end_that_came_is_written_about_once(service: Service, page: dict[str, Any]) -> None:
    expired, event_id = PageExpired(**{**page, "version": 3}), new_id()
    for told_as in (event_id, event_id, new_id()):
        await deliver(service, expired, event_id=told_as)
    assert [kind for kind, _ in await owed_mails(service.db)].count("page-expired") == 1
    extended = {**page, "expires_at": page["expires_at"] + timedelta(days=9)}
    await deliver(service, PageUpdated(**{**extended, "version": 4}))
    assert await mailed(service, "page-expired") is None, "it was put off before the mail was sent"
    await deliver(service, PageExpired(**{**extended, "version": 5}))
    assert [kind for kind, _ in await owed_mails(service.db)].count("page-expired") == 2
    assert await mailed(service, "page-expired") is not None


async def test_a_mail_that_is_owed_about_a_page_itself_is_sent(service: Service, page: dict[str, Any]) -> None:
    """As the release before owed it."""
    async with service.db.transaction() as tx:
        await tx.owe_mail("page-expired", page["id"])
    assert await mailed(service, "page-expired") is not None


async def test_an_erased_creators_pages_are_warned_of_no_more(
    service: Service, creator: Browser, page: dict[str, Any]
) -> None:
    await deliver(service, PageExpiring(**{**page, "version": 3}))
    await deliver(service, PageExpired(**{**page, "version": 4}))
    erased = await creator.ask("DELETE", "/v1/creators/me?evenThoughLive=true", {"password": PASSWORD})
    assert erased.status_code == 204
    assert {kind for kind, _ in await owed_mails(service.db)} & {"page-expiring", "page-expired"} == set()


async def test_an_erasure_waits_for_a_mailer_before_it_holds_what_that_one_needs(
    service: Service, creator: Browser, page: dict[str, Any]
) -> None:
    await sold(service, page)
    await deliver(service, PageExpiring(**{**page, "version": 3}))
    mark = text("UPDATE mails SET sent_at = now() WHERE kind = :kind")
    async with service.db.transaction() as tx:
        await tx.session.execute(mark, {"kind": "sale-made"})
        path = "/v1/creators/me?evenThoughLive=true"
        erasing = asyncio.create_task(creator.ask("DELETE", path, {"password": PASSWORD}))
        await until_somebody_waits_for(tx)
        await tx.session.execute(mark, {"kind": "page-expiring"})
    assert (await erasing).status_code == 204


async def test_a_page_that_sold_nothing_says_so(service: Service, page: dict[str, Any]) -> None:
    await deliver(service, PageExpired(**{**page, "version": 3}))
    expired = await mailed(service, "page-expired")
    assert expired is not None
    assert "Nothing was sold." in expired.text


async def test_who_has_not_verified_their_address_is_not_written_about_sales(
    service: Service, creator: Browser
) -> None:
    product = await a_product(creator)
    await sold(service, a_page_event(product["creatorId"], product["id"]))
    assert await mailed(service, "sale-made") is None


async def test_a_creator_chooses_what_they_are_written_about(
    service: Service, creator: Browser, page: dict[str, Any]
) -> None:
    everything = {"sales": True, "disputes": True, "pageExpiring": True, "pageExpired": True}
    seen = await creator.ask("GET", "/v1/creators/me")
    assert seen.json()["notifications"] == everything
    chosen = {"notifications": {"sales": False}}
    changed = await creator.ask("PATCH", "/v1/creators/me", chosen, If_Match=seen.headers["etag"])
    assert changed.json()["notifications"] == {**everything, "sales": False}
    assert changed.headers["etag"] != seen.headers["etag"]
    await sold(service, page)
    assert await mailed(service, "sale-made") is None
    again = {"notifications": {"sales": True}}
    await creator.ask("PATCH", "/v1/creators/me", again, If_Match=changed.headers["etag"])
    assert await mailed(service, "sale-made") is not None


async def test_one_click_in_a_mail_program_turns_off_mails_of_that_kind(
    service: Service, visit: Callable[[], Browser], creator: Browser, page: dict[str, Any]
) -> None:
    await sold(service, page)
    mail = await mailed(service, "sale-made")
    assert mail is not None
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = urlsplit(mail.headers["List-Unsubscribe"].strip("<>"))
    path = f"{address.path.removeprefix('/api/catalog')}?{address.query}"
    stranger = visit()
    followed = await stranger.ask("GET", path)
    assert (followed.status_code, "/account/notices#" in followed.headers["location"]) == (303, True)
    assert (await creator.ask("GET", "/v1/creators/me")).json()["notifications"]["sales"] is True
    assert (await stranger.ask("GET", "/account/notices")).status_code == 200
    assert (await stranger.ask("POST", path)).status_code == 204
    chosen = (await creator.ask("GET", "/v1/creators/me")).json()["notifications"]
    assert (chosen["sales"], chosen["disputes"]) == (False, True)


async def test_the_page_that_asks_turns_them_off_with_the_same_token(
    service: Service, visitor: Browser, creator: Browser, page: dict[str, Any]
) -> None:
    await deliver(service, PageExpiring(**{**page, "version": 3}))
    mail = await mailed(service, "page-expiring")
    assert mail is not None
    [token] = [line.partition("#")[2] for line in mail.text.splitlines() if "/account/notices#" in line]
    assert (await visitor.ask("POST", "/v1/notifications/stop", {"token": token + "x"})).status_code == 404
    assert (await visitor.ask("POST", "/v1/notifications/stop", {"token": token})).status_code == 204
    assert (await creator.ask("GET", "/v1/creators/me")).json()["notifications"]["pageExpiring"] is False
