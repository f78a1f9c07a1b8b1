"""What becomes of an expired page's address: a message, a form, the next edition, or an address outside."""

from typing import Any

import pytest
from chassis.clock import new_id
from chassis.db import Database
from chassis.testing import SettableClock, told
from contracts.pages import PagePublished, PageUpdated

from .conftest import DAY, Seller, Visitor, instant

OUTSIDE = "https://www.example.com/next?from=birds"


async def expired(seller: Seller, clock: SettableClock, **options: Any) -> dict[str, Any]:
    page = await seller.publishes(**options)
    clock.set(instant(page["expiresAt"]))
    return page


async def test_those_who_want_the_next_one_can_say_so(seller: Seller, visitor: Visitor, clock: SettableClock) -> None:
    form = [{"name": "size", "label": "Your size"}]
    page = await expired(seller, clock, registrationForm=form, afterExpiry={"mode": "notify_me", "message": "Soon!"})
    gone = await visitor.html(page)
    assert gone.status_code == 410
    assert "Soon!" in gone.text
    assert f'action="/api/leads/v1/public/pages/{page["shortId"]}/registrations"' in gone.text
    assert "Your size" in gone.text


async def test_a_message_alone_has_no_form(seller: Seller, visitor: Visitor, clock: SettableClock) -> None:
    page = await expired(seller, clock, afterExpiry={"mode": "message", "message": "Bye"})
    assert "/api/leads/" not in (await visitor.html(page)).text


async def test_an_expired_page_leads_to_an_address_outside(
    seller: Seller, visitor: Visitor, db: Database, clock: SettableClock
) -> None:
    page = await seller.publishes(afterExpiry={"mode": "redirect", "redirectUrl": OUTSIDE})
    (event,) = await told(db, PagePublished)
    assert (event.after_expiry.mode, event.after_expiry.redirect_url) == ("redirect", OUTSIDE)
    assert (await visitor.html(page)).status_code == 200, "until then it sells"
    assert (await visitor.json(page)).json()["afterExpiry"] == {"mode": "redirect", "message": "", "redirectUrl": None}
    clock.set(instant(page["expiresAt"]))
    answer = await visitor.html(page)
    assert (answer.status_code, answer.headers["location"]) == (302, OUTSIDE)
    assert answer.headers["cache-control"] == "no-cache"
    assert (await visitor.json(page)).json()["afterExpiry"]["redirectUrl"] == OUTSIDE


async def test_an_expired_page_leads_to_its_successor_while_anybody_can_see_that(
    seller: Seller, visitor: Visitor, clock: SettableClock
) -> None:
    page = await seller.publishes(afterExpiry={"mode": "successor", "message": "Moved"})
    far = (seller.now() + 9 * DAY).isoformat()
    draft = await seller.drafts(expiresAt=far)
    answer = await seller.changes(page, successorShortId=draft["shortId"])
    assert (answer.status_code, answer.json()["successorShortId"]) == (200, draft["shortId"])
    clock.set(instant(page["expiresAt"]))
    assert (await visitor.html(page)).status_code == 410, "nobody sees a draft"
    successor = (await seller.send("POST", f"/{draft['id']}/publish")).json()

    await visitor.comes_to_be_led(page, f"/p/{successor['shortId']}")
    assert (await visitor.json(page)).json()["successorShortId"] == successor["shortId"]
    await seller.withdraws(successor)

    await visitor.comes_to_be_led(page, None)
    assert (await visitor.html(page)).status_code == 410
    assert (await visitor.json(page)).json()["successorShortId"] is None


async def test_with_a_message_the_successor_is_a_link(seller: Seller, visitor: Visitor, clock: SettableClock) -> None:
    page, successor = [await seller.publishes(expiresAt=(seller.now() + n * DAY).isoformat()) for n in (1, 9)]
    await seller.changes(page, successorShortId=successor["shortId"])
    clock.set(instant(page["expiresAt"]))
    gone = await visitor.html(page)
    assert (gone.status_code, f'href="/p/{successor["shortId"]}"' in gone.text) == (410, True)


async def test_what_an_expired_page_shows_can_still_be_changed(
    seller: Seller, visitor: Visitor, db: Database, clock: SettableClock
) -> None:
    page = await expired(seller, clock)
    changed = await seller.changes(page, afterExpiry={"mode": "redirect", "redirectUrl": OUTSIDE})
    assert changed.status_code == 200
    assert len(await told(db, PageUpdated)) == 1
    also = await seller.changes(page, afterExpiry={"mode": "message"}, quantityLimit=1)
    assert (also.status_code, also.json()["type"]) == (409, "page-over")

    await visitor.comes_to_be_led(page, OUTSIDE)


@pytest.mark.parametrize("which", ["itself", "older", "another's", "nobody's"])
async def test_a_page_is_followed_by_a_later_one_of_the_same_creator(seller: Seller, which: str) -> None:
    older = await seller.publishes()
    page = await seller.publishes()
    short_id = {
        "itself": page["shortId"],
        "older": older["shortId"],
        "another's": (await seller.stranger().publishes())["shortId"],
        "nobody's": str(new_id()).replace("-", "")[:12],
    }[which]
    refused = await seller.changes(page, successorShortId=short_id)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "#/successorShortId")
    assert (await seller.changes(page, successorShortId=None)).status_code == 200
