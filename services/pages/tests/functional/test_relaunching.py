"""The next edition of a page: a draft like it, to which the old address leads once it is published."""

from chassis.db import Database
from chassis.testing import SettableClock, told
from contracts.pages import PageUpdated

from .conftest import DAY, HOUR, Seller, Visitor, instant


async def test_the_next_edition_is_a_draft_like_the_one_before(seller: Seller, clock: SettableClock) -> None:
    page = await seller.publishes(
        quantityLimit=5, customization={"title": "Birds"}, latePayment="grace", waitingList=True, earlyAccessMinutes=9
    )
    clock.set(instant(page["expiresAt"]) + 30 * DAY)
    answer = await seller.send("POST", f"/{page['id']}/relaunch")
    edition = answer.json()
    assert (answer.status_code, edition["status"], edition["edition"]) == (201, "draft", 2)
    copied = ("productIds", "quantityLimit", "customization", "latePayment", "waitingList", "earlyAccessMinutes")
    assert {name: edition[name] for name in copied} == {name: page[name] for name in copied}
    assert (edition["launchAt"], edition["extensions"]) == (None, 0)
    assert edition["shortId"] != page["shortId"]
    as_long = instant(page["expiresAt"]) - instant(page["launchAt"])
    assert instant(edition["expiresAt"]) - instant(edition["createdAt"]) == as_long


async def test_its_instants_can_be_chosen(seller: Seller) -> None:
    page = await seller.publishes()
    launch_at, expires_at = seller.now() + 2 * DAY, seller.now() + 3 * DAY
    sent = {"launchAt": launch_at.isoformat(), "expiresAt": expires_at.isoformat()}
    edition = (await seller.send("POST", f"/{page['id']}/relaunch", sent)).json()
    assert (instant(edition["launchAt"]), instant(edition["expiresAt"])) == (launch_at, expires_at)
    sent["expiresAt"] = (launch_at - HOUR).isoformat()
    refused = await seller.send("POST", f"/{page['id']}/relaunch", sent)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "#/launchAt")


async def test_its_expiry_stands_however_late_it_is_published(seller: Seller, clock: SettableClock) -> None:
    page = await seller.publishes()
    draft = (await seller.send("POST", f"/{page['id']}/relaunch")).json()
    clock.advance(HOUR)
    edition = (await seller.send("POST", f"/{draft['id']}/publish")).json()
    assert edition["expiresAt"] == draft["expiresAt"]
    assert instant(edition["launchAt"]) >= instant(draft["createdAt"]) + HOUR


async def test_the_old_address_leads_to_the_new_once_that_is_published(
    seller: Seller, visitor: Visitor, db: Database, clock: SettableClock
) -> None:
    page = await seller.publishes(afterExpiry={"mode": "message", "message": "See you in spring"})
    clock.set(instant(page["expiresAt"]))
    edition = (await seller.send("POST", f"/{page['id']}/relaunch")).json()
    assert (await visitor.html(page)).status_code == 410
    assert await told(db, PageUpdated) == []
    assert (await seller.send("POST", f"/{edition['id']}/publish")).status_code == 200
    (event,) = await told(db, PageUpdated)
    assert (str(event.id), event.successor_short_id) == (page["id"], edition["shortId"])
    assert (event.after_expiry.mode, event.after_expiry.message) == ("successor", "See you in spring")

    await visitor.comes_to_be_led(page, f"/p/{edition['shortId']}")


async def test_editions_are_counted_on(seller: Seller, clock: SettableClock) -> None:
    page = await seller.publishes()
    for number in (2, 3):
        clock.advance(2 * DAY)
        draft = (await seller.send("POST", f"/{page['id']}/relaunch")).json()
        page = (await seller.send("POST", f"/{draft['id']}/publish")).json()
        assert page["edition"] == number


async def test_a_draft_has_no_next_edition(seller: Seller) -> None:
    refused = await seller.send("POST", f"/{(await seller.drafts())['id']}/relaunch")
    assert (refused.status_code, refused.json()["type"]) == (409, "not-published")


async def test_a_withdrawn_page_stays_unseen(seller: Seller, visitor: Visitor, db: Database) -> None:
    page = await seller.withdraws(await seller.publishes())
    edition = (await seller.send("POST", f"/{page['id']}/relaunch")).json()
    assert (await seller.send("POST", f"/{edition['id']}/publish")).status_code == 200
    assert (await visitor.html(page)).status_code == 404
    assert await told(db, PageUpdated) == []
