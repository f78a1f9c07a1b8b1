"""Who bears a pass buys before the launch, or the unit that is held for them."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from chassis.clock import new_id
from chassis.passes import PassKind
from chassis.testing import SettableClock, deliver, sign_pass, told
from contracts.checkout import OrderPlaced, StockChanged
from contracts.leads import WaitingListLapsed, WaitingListOffered

from .shop import Page, Shop


def offered(shop: Shop, page: Page, kind: type[Any] = WaitingListOffered, **more: Any) -> Any:
    now = shop.clock.now()
    fields = {
        "id": new_id(), "version": 1, "sales_page_id": page.event.id, "registration_id": new_id(),
        "offered_at": now, "offered_until": now + timedelta(hours=1),
    }  # fmt: skip
    return kind(**{**fields, **more})


async def test_a_lead_is_kept_on_the_order(shop: Shop) -> None:
    page, registration = await shop.page(), new_id()
    signed = sign_pass(page.event.id, registration_id=registration)
    await shop.order_on(page, **{"pass": signed})
    assert [placed.registration_id for placed in await told(shop.db, OrderPlaced)] == [registration]


async def test_early_access_sells_before_the_launch_to_its_bearer_alone(shop: Shop) -> None:
    page = await shop.page(launch_at=shop.clock.now() + timedelta(minutes=30))
    other = await shop.page()
    early = sign_pass(page.event.id, PassKind.EARLY_ACCESS)
    assert (await shop.check_out(page)).json()["type"] == "page-not-live"
    for no_good in (sign_pass(page.event.id), sign_pass(other.event.id, PassKind.EARLY_ACCESS), "forged"):
        assert (await shop.check_out(page, **{"pass": no_good})).json()["type"] == "page-not-live"
    assert (await shop.check_out(page, **{"pass": early})).status_code == 201
    form = {"shortId": page.short_id, "pass": early}
    assert (await shop.client.post("/buy", data=form)).status_code == 303


async def test_a_waiting_lists_offer_holds_a_unit_for_its_bearer_once(shop: Shop) -> None:
    page = await shop.page(limit=1)
    offer = offered(shop, page)
    await deliver(shop.service, offer)
    assert await shop.stock(page) == (1, 0, 0)
    assert (await shop.check_out(page)).json()["type"] == "sold-out"
    signed = pass_of(page, offer.id, offer.registration_id)
    assert (await shop.check_out(page, **{"pass": signed})).status_code == 201
    assert await shop.stock(page) == (1, 0, 0)
    assert (await shop.check_out(page, **{"pass": signed})).json()["type"] == "sold-out"
    await deliver(shop.service, offered(shop, page, WaitingListLapsed, id=offer.id, version=2))
    assert await shop.stock(page) == (1, 0, 0)


async def test_stock_is_told_with_the_offers_whose_units_are_held(shop: Shop, clock: SettableClock) -> None:
    page = await shop.page(limit=2)
    clock.advance(timedelta(seconds=1))
    first, second = offered(shop, page), offered(shop, page)
    await deliver(shop.service, first)
    await deliver(shop.service, second)
    assert set((await told(shop.db, StockChanged))[-1].held_offers) == {first.id, second.id}
    clock.advance(timedelta(seconds=1))
    await deliver(shop.service, offered(shop, page, WaitingListLapsed, id=first.id, version=2))
    assert (await told(shop.db, StockChanged))[-1].held_offers == [second.id]


async def test_an_offer_that_lapses_frees_its_unit_in_either_order(shop: Shop) -> None:
    page = await shop.page(limit=1)
    first, second = offered(shop, page), offered(shop, page)
    await deliver(shop.service, first)
    await deliver(shop.service, offered(shop, page, WaitingListLapsed, id=first.id, version=2))
    assert await shop.stock(page) == (0, 0, 0)
    await deliver(shop.service, offered(shop, page, WaitingListLapsed, id=second.id, version=2))
    await deliver(shop.service, second)
    assert await shop.stock(page) == (0, 0, 0)
    assert (await shop.check_out(page)).status_code == 201


async def test_an_offer_not_heard_of_is_on_its_way(shop: Shop) -> None:
    page = await shop.page(limit=1)
    early = await shop.check_out(page, **{"pass": pass_of(page, new_id(), new_id())})
    assert (early.status_code, early.headers["retry-after"]) == (503, "1")


def pass_of(page: Page, offer_id: UUID, registration_id: UUID) -> str:
    """A waiting list's pass, which bears its offer's id."""
    return sign_pass(page.event.id, PassKind.WAITING_LIST, registration_id=registration_id, pass_id=offer_id)
