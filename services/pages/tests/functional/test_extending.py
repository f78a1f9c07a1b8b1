"""Putting an expiry off: later only, for all to see, and no more often than was promised."""

import asyncio
from typing import Any

from chassis.db import Database
from chassis.testing import told, until
from contracts.pages import PageUpdated

from .conftest import HOUR, Seller, Visitor, instant


async def extended(seller: Seller, page: dict[str, Any], hours: int) -> dict[str, Any]:
    later = (instant(page["expiresAt"]) + hours * HOUR).isoformat()
    answer = await seller.send("POST", f"/{page['id']}/extend", {"expiresAt": later})
    assert answer.status_code in (200, 409), answer.text
    return {**answer.json(), "status": answer.status_code}


async def test_extensions_are_recorded_for_all_to_see(seller: Seller, visitor: Visitor, db: Database) -> None:
    page = await seller.publishes()
    await extended(seller, page, 1)
    twice = await extended(seller, page, 3)
    first, second = instant(page["expiresAt"]), instant(page["expiresAt"]) + HOUR
    assert (twice["extensions"], [instant(at) for at in twice["formerExpiries"]]) == (2, [first, second])
    assert [event.extension_count for event in await told(db, PageUpdated)] == [1, 2]

    async def heard() -> bool:
        return bool((await visitor.json(page)).json()["extensions"] == 2)

    await until(heard)
    assert [instant(at) for at in (await visitor.json(page)).json()["formerExpiries"]] == [first, second]
    shown = (await visitor.html(page)).text
    assert "Extended twice; it was first to close on" in shown


async def test_a_page_that_was_never_extended_says_nothing_of_it(seller: Seller, visitor: Visitor) -> None:
    assert "data-extensions" not in (await visitor.html(await seller.publishes())).text


async def test_a_creators_own_maximum_is_shown_and_kept(seller: Seller, visitor: Visitor) -> None:
    page = await seller.publishes(extensionLimit=1)
    assert "It may be extended once at most." in (await visitor.html(page)).text
    assert (await extended(seller, page, 1))["status"] == 200
    refused = await extended(seller, page, 2)
    assert (refused["status"], refused["type"]) == (409, "extension-limit-reached")

    async def heard() -> bool:
        return "It will not be extended again." in (await visitor.html(page)).text

    await until(heard)


async def test_a_page_that_shall_never_be_extended_says_so(seller: Seller, visitor: Visitor) -> None:
    page = await seller.publishes(extensionLimit=0)
    assert "It will not be extended." in (await visitor.html(page)).text
    assert (await extended(seller, page, 1))["status"] == 409


async def test_a_promise_is_tightened_and_not_taken_back(seller: Seller) -> None:
    page = await seller.publishes(extensionLimit=2)
    for looser in (3, None):
        refused = await seller.changes(page, extensionLimit=looser)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "#/extensionLimit")
    assert (await seller.changes(page, extensionLimit=1)).json()["extensionLimit"] == 1
    free = await seller.publishes()
    assert (await seller.changes(free, extensionLimit=5)).json()["extensionLimit"] == 5


async def test_of_two_extensions_at_once_the_limit_holds(seller: Seller) -> None:
    page = await seller.publishes(extensionLimit=1)
    answers = await asyncio.gather(*(extended(seller, page, hours) for hours in (1, 2, 3)))
    assert sorted(answer["status"] for answer in answers) == [200, 409, 409]
