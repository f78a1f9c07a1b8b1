"""Who brings a pass: let in before the launch, or for the unit that is held for them; to all others nothing changes."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from chassis.clock import new_id
from chassis.passes import PassKind
from chassis.testing import SettableClock, sign_pass

from .conftest import HOUR, Seller, Visitor, instant


def a_pass(page: dict[str, Any], kind: PassKind, **window: Any) -> str:
    return sign_pass(UUID(page["id"]), kind, **window)


async def shown(visitor: Visitor, page: dict[str, Any], given: str) -> httpx.Response:
    return await visitor.client.get(f"/p/{page['shortId']}", params={"pass": given})


async def state(visitor: Visitor, page: dict[str, Any], given: str) -> str:
    """As page and document tell it to the bearer: they never differ, and nobody keeps either."""
    html = await shown(visitor, page, given)
    document = await visitor.client.get(f"/v1/public/pages/{page['shortId']}", params={"pass": given})
    assert document.headers["cache-control"] == html.headers["cache-control"] == "no-store"
    told: str = document.json()["state"]
    assert f'data-state="{told}"' in html.text
    return told


async def test_early_access_opens_a_page_before_its_launch(seller: Seller, visitor: Visitor) -> None:
    page = await seller.announces()
    given = a_pass(page, PassKind.EARLY_ACCESS)
    assert await state(visitor, page, given) == "live"
    answer = await shown(visitor, page, given)
    assert "You are early." in answer.text
    assert f'<input type="hidden" name="pass" value="{given}">' in answer.text
    assert f'data-status-url="/api/pages/v1/public/pages/{page["shortId"]}?pass={given}"' in answer.text
    assert await visitor.state(page) == "pre_launch", "to everybody else it is still to come"
    assert "You are early." not in (await visitor.html(page)).text


async def test_it_opens_at_its_own_instant_and_not_sooner(
    seller: Seller, visitor: Visitor, clock: SettableClock
) -> None:
    page = await seller.announces()
    launch_at = instant(page["launchAt"])
    given = a_pass(page, PassKind.EARLY_ACCESS, not_before=launch_at - HOUR / 2, expires_at=launch_at + HOUR)
    clock.set(launch_at - HOUR / 2 - timedelta(seconds=5))
    assert 'data-state="pre_launch"' in (await shown(visitor, page, given)).text
    clock.set(launch_at - HOUR / 2 + timedelta(seconds=2))
    assert await state(visitor, page, given) == "live"
    clock.set(launch_at)
    assert await state(visitor, page, given) == "live"


async def test_early_access_is_no_unit(seller: Seller, visitor: Visitor) -> None:
    page = await seller.announces(quantityLimit=5)
    await seller.has_left(page, 0)
    assert await state(visitor, page, a_pass(page, PassKind.EARLY_ACCESS)) == "sold_out"


async def test_the_waiting_list_opens_with_the_launch(seller: Seller, visitor: Visitor, clock: SettableClock) -> None:
    page = await seller.announces(quantityLimit=5, waitingList=True)
    await seller.has_left(page, 0)
    given = a_pass(page, PassKind.EARLY_ACCESS)
    assert await state(visitor, page, given) == "sold_out"
    assert "/api/leads/" not in (await shown(visitor, page, given)).text
    clock.set(instant(page["launchAt"]))
    assert "/api/leads/" in (await shown(visitor, page, given)).text


async def test_a_held_unit_is_shown_to_its_bearer_until_the_offer_ends(
    seller: Seller, visitor: Visitor, clock: SettableClock
) -> None:
    page = await seller.publishes(quantityLimit=5, waitingList=True)
    await seller.has_left(page, 0)
    await visitor.comes_to_see(page, "sold_out")
    until = (clock.now() + HOUR).replace(microsecond=0)
    given = a_pass(page, PassKind.WAITING_LIST, expires_at=until)
    answer = await shown(visitor, page, given)
    assert "One is kept for you" in answer.text
    assert "data-left" not in answer.text
    assert "/api/checkout/buy" in answer.text
    assert f'data-next-change="{until.strftime("%Y-%m-%dT%H:%M:%S")}.000Z"' in answer.text
    assert "Sold out" in (await visitor.html(page)).text
    clock.set(until)
    assert 'data-state="sold_out"' in (await shown(visitor, page, given)).text


async def test_a_leads_pass_opens_nothing_and_says_who_came(
    seller: Seller, visitor: Visitor, clock: SettableClock
) -> None:
    page = await seller.announces()
    given = a_pass(page, PassKind.LEAD)
    assert await state(visitor, page, given) == "pre_launch"
    clock.set(instant(page["launchAt"]))
    assert f'name="pass" value="{given}"' in (await shown(visitor, page, given)).text


@pytest.mark.parametrize("which", ["nonsense", "another page's", "over", "empty", "tampered"])
async def test_what_is_no_pass_for_this_page_changes_nothing(seller: Seller, visitor: Visitor, which: str) -> None:
    page = await seller.announces()
    head, body, signature = a_pass(page, PassKind.EARLY_ACCESS).split(".")
    given = {
        "nonsense": "<script>",
        "another page's": sign_pass(new_id(), PassKind.EARLY_ACCESS),
        "over": a_pass(page, PassKind.EARLY_ACCESS, expires_at=seller.now() - HOUR),
        "empty": "",
        "tampered": f"{head}.{body}.{signature[::-1]}",
    }[which]
    answer = await shown(visitor, page, given)
    assert answer.status_code == 200
    assert 'data-state="pre_launch"' in answer.text
    assert 'name="pass"' not in answer.text
    assert answer.headers["cache-control"] != "no-store"


async def test_a_pass_outlives_no_page(seller: Seller, visitor: Visitor, clock: SettableClock) -> None:
    page = await seller.publishes()
    clock.set(instant(page["expiresAt"]))
    answer = await shown(visitor, page, a_pass(page, PassKind.EARLY_ACCESS))
    assert (answer.status_code, 'data-state="expired"' in answer.text) == (410, True)


async def test_what_a_bearer_is_shown_is_kept_for_nobody_else(seller: Seller, visitor: Visitor) -> None:
    page = await seller.announces()
    given = a_pass(page, PassKind.EARLY_ACCESS)
    for _ in range(2):
        assert await state(visitor, page, given) == "live"
        assert await visitor.state(page) == "pre_launch"
