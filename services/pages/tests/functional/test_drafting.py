"""Drafting a page: what it may sell, once under its key, and what its instants mean."""

import asyncio
from uuid import UUID

import pytest
from chassis.clock import new_id
from chassis.db import Database
from chassis.testing import SettableClock, told
from contracts.pages import PagePublished

from .conftest import DAY, Seller, instant


async def test_a_product_made_a_moment_ago_may_be_on_its_way(seller: Seller) -> None:
    made_now = seller.product()
    wanted = await seller.wanted(productIds=[str(made_now.id)])
    early = await seller.send("POST", "", wanted)
    assert (early.status_code, early.json()["type"], early.headers["retry-after"]) == (503, "not-heard-yet", "1")
    assert (await seller.changes(await seller.drafts(), productIds=wanted["productIds"])).status_code == 503
    await seller.sells(id=made_now.id)
    assert (await seller.send("POST", "", wanted)).status_code == 201


@pytest.mark.parametrize("made", ["long ago", "by nobody", "by another", "at no time"])
async def test_a_product_that_is_not_the_creators_is_unknown(seller: Seller, clock: SettableClock, made: str) -> None:
    own, foreign = await seller.sells(), await seller.sells(creator_id=new_id())
    product_id = {
        "long ago": new_id(),
        "by nobody": UUID(int=4 << 76),
        "by another": foreign.id,
        "at no time": UUID("ffffffff-ffff-7fff-bfff-ffffffffffff"),
    }[made]
    clock.advance(2 * DAY)
    draft = await seller.drafts()
    wanted = await seller.wanted(productIds=[str(own.id), str(product_id)])
    for refused in (
        await seller.send("POST", "", wanted),
        await seller.changes(draft, productIds=wanted["productIds"]),
    ):
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "#/productIds/1")


async def test_a_page_asked_for_again_under_its_key_is_made_once(seller: Seller) -> None:
    wanted = await seller.wanted()
    key = {"Idempotency-Key": str(new_id())}
    first, again = [await seller.send("POST", "", wanted, **key) for _ in range(2)]
    assert (first.status_code, first.json(), first.headers["etag"]) == (201, again.json(), again.headers["etag"])
    assert again.headers["idempotent-replayed"] == "true"
    other = await seller.send("POST", "", {**wanted, "quantityLimit": 1}, **key)
    assert (other.status_code, other.json()["type"]) == (422, "idempotency-key-reused")
    assert len((await seller.send("GET", "")).json()["items"]) == 1


async def test_at_once_under_one_key_one_page_is_made(seller: Seller) -> None:
    wanted, key = await seller.wanted(), {"Idempotency-Key": str(new_id())}
    answers = await asyncio.gather(*(seller.send("POST", "", wanted, **key) for _ in range(5)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.json()["id"] for answer in answers if answer.status_code == 201}) == 1
    assert len((await seller.send("GET", "")).json()["items"]) == 1


async def test_a_key_whose_request_was_refused_can_be_used_again(seller: Seller) -> None:
    on_its_way, key = seller.product(), {"Idempotency-Key": str(new_id())}
    wanted = await seller.wanted(productIds=[str(on_its_way.id)])
    assert (await seller.send("POST", "", wanted, **key)).status_code == 503
    await seller.sells(id=on_its_way.id)
    assert (await seller.send("POST", "", wanted, **key)).status_code == 201


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2030-10-27T02:30:00+02:00", "2030-10-27T00:30:00Z"),  # Berlin's half past two, the first time
        ("2030-10-27T02:30:00+01:00", "2030-10-27T01:30:00Z"),  # and an hour later, again
        ("2030-03-31T02:30:00+01:00", "2030-03-31T01:30:00Z"),  # which the clocks there skip
    ],
)
async def test_an_instant_is_utc_and_the_zone_is_for_showing_only(
    seller: Seller, db: Database, written: str, meant: str
) -> None:
    """DST gap and overlap: the offset that is sent says which instant is meant, whatever the zone's clocks show."""
    draft = await seller.drafts(launchAt=written, expiresAt="2031-01-01T00:00:00Z", timeZone="Europe/Berlin")
    assert draft["launchAt"] == meant
    assert (await seller.changes(draft, timeZone="Asia/Tokyo")).json()["launchAt"] == meant
    await seller.send("POST", f"/{draft['id']}/publish")
    (event,) = await told(db, PagePublished)
    assert (event.launch_at, event.time_zone) == (instant(meant), "Asia/Tokyo")


async def test_a_local_time_is_the_pages_own(seller: Seller) -> None:
    times = {"launchAt": "2030-07-01T20:00:00", "expiresAt": "2031-01-01T20:00:00"}
    draft = await seller.drafts(**times, timeZone="Europe/Berlin")
    assert (draft["launchAt"], draft["expiresAt"]) == ("2030-07-01T18:00:00Z", "2031-01-01T19:00:00Z")
    moved = await seller.changes(draft, launchAt="2030-07-01T20:00:00", timeZone="Asia/Tokyo")
    assert moved.json()["launchAt"] == "2030-07-01T11:00:00Z", "in the zone that comes with it"
    again = await seller.changes(draft, launchAt="2030-07-01T21:00:00")
    assert again.json()["launchAt"] == "2030-07-01T12:00:00Z", "in the page's zone"
    page = (await seller.send("POST", f"/{draft['id']}/publish")).json()
    longer = await seller.send("POST", f"/{page['id']}/extend", {"expiresAt": "2031-02-01T09:00:00"})
    assert longer.json()["expiresAt"] == "2031-02-01T00:00:00Z"
