"""A page closes when the last of its products is for sale no longer: nobody is led there any more."""

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from chassis.clock import new_id
from chassis.db import Database
from chassis.lifecycle import Service
from chassis.testing import SettableClock, deliver, told
from contracts.catalog import ProductPublished, ProductUpdated, ProductWithdrawn
from contracts.leads import WaitingListOffered
from contracts.pages import AfterExpiry, PagePublished, PageUpdated
from leads import jobs
from leads.use_cases.let_in_early import let_in_early
from leads.use_cases.offer_units import offer_units
from leads.use_cases.tell_of_successor import tell_of_successor
from sqlalchemy import text

from .conftest import Registrant, composed, crowd, heard, owed, page_published, stock_changed

OFFERING = partial(offer_units, lives=timedelta(hours=12))


def product(page: PagePublished, product_id: UUID | None = None, **changed: Any) -> ProductPublished:
    """One of `page`'s, the first without `product_id`."""
    state: dict[str, Any] = {
        "id": product_id or page.product_id,
        "version": 1,
        "creator_id": page.creator_id,
        "name": "The Book",
        "description": "",
        "price_in_cents": 500,
        "currency": "EUR",
        "created_at": page.created_at,
        "updated_at": page.created_at,
        "is_active": True,
        "attempts_allowed": 5,
        "access_days": 7,
    }
    return ProductPublished(**{**state, **changed})


def withdrawn(published: ProductPublished) -> ProductWithdrawn:
    return ProductWithdrawn.model_validate({**published.model_dump(), "version": 2, "is_active": False})


def ending(published: ProductPublished, after: timedelta) -> ProductUpdated:
    """`after` the product was made."""
    expires_at = published.created_at + after
    return ProductUpdated.model_validate({**published.model_dump(), "version": 2, "expires_at": expires_at})


async def test_nobody_is_told_of_a_page_whose_product_was_withdrawn(
    service: Service, registrant: Registrant, page: PagePublished, db: Database, clock: SettableClock
) -> None:
    registration = await registrant.confirmed(page)
    await registrant.register(page, "unconfirmed@example.com")
    unconfirmed = (await registrant.found())[-1]
    await deliver(service, withdrawn(product(page)))
    assert (await registrant.register(page, "late@example.com")).json()["type"] == "registration-closed"
    assert (await registrant.confirm(unconfirmed.id)).json()["type"] == "registration-expired"
    clock.set(page.launch_at)
    await jobs.tell_next_batch(db)
    assert await owed(db, "page-is-live") == []
    assert await composed(service, "page-is-live", registration.id) is None


async def test_a_page_goes_on_while_one_of_its_products_does(
    service: Service, registrant: Registrant, db: Database, clock: SettableClock
) -> None:
    first, second = new_id(), new_id()
    page = await heard(service, page_published(clock, product_id=first, product_ids=[first, second]))
    await deliver(service, withdrawn(product(page, first)))
    registration = await registrant.confirmed(page)
    clock.set(page.launch_at)
    await jobs.tell_next_batch(db)
    assert await owed(db, "page-is-live") == [registration.id]
    await deliver(service, product(page, second, version=2, is_active=False))
    assert await composed(service, "page-is-live", registration.id) is None


async def test_after_its_products_expiry_a_page_asks_who_wants_the_next(
    service: Service, registrant: Registrant, clock: SettableClock
) -> None:
    page = await heard(service, page_published(clock, after_expiry=AfterExpiry(mode="notify_me")))
    await deliver(service, ending(product(page), timedelta(hours=3)))
    clock.set(page.created_at + timedelta(hours=3))
    registration = await registrant.confirmed(page)
    assert [(row.id, row.next_wanted_at is None) for row in await registrant.found()] == [(registration.id, False)]


async def test_the_mail_says_until_when_something_is_sold(
    service: Service, registrant: Registrant, page: PagePublished
) -> None:
    registration = await registrant.confirmed(page)
    before = await composed(service, "page-is-live", registration.id)
    await deliver(service, ending(product(page), timedelta(hours=3)))
    after = await composed(service, "page-is-live", registration.id)
    assert before is not None
    assert after is not None
    assert before.text != after.text


@pytest.mark.parametrize("ends", [True, False])
async def test_nobody_is_let_in_early_whose_page_has_closed(
    service: Service, db: Database, clock: SettableClock, ends: bool
) -> None:
    page = await heard(service, page_published(clock, early_access_minutes=30))
    registrants = await crowd(db, page, 2)
    clock.set(page.launch_at - timedelta(minutes=30))
    if ends:
        await deliver(service, withdrawn(product(page)))
    await jobs.next_batch(let_in_early, db)
    assert await owed(db, "early-access") == ([] if ends else registrants)
    if not ends:
        assert await composed(service, "early-access", registrants[0]) is not None
        await deliver(service, withdrawn(product(page)))
        assert await composed(service, "early-access", registrants[0]) is None


async def test_units_are_offered_until_the_last_product_ends(
    service: Service, db: Database, clock: SettableClock
) -> None:
    page = await heard(service, page_published(clock, quantity_limit=10, waiting_list=True))
    await deliver(service, ending(product(page), timedelta(hours=3)))
    clock.set(page.launch_at)
    await crowd(db, page, 2, waiting_since=clock.now())
    await deliver(service, stock_changed(page, 1, 1))
    await jobs.next_batch(OFFERING, db)
    (offered,) = await told(db, WaitingListOffered)
    assert offered.offered_until == page.created_at + timedelta(hours=3)
    await deliver(service, stock_changed(page, 2, 2))
    await deliver(service, product(page, version=3, is_active=False))
    await jobs.next_batch(OFFERING, db)
    assert len(await told(db, WaitingListOffered)) == 1
    assert await composed(service, "waiting-list-offer", offered.id) is None


async def test_nobody_is_led_to_a_next_page_whose_product_was_withdrawn(
    service: Service, db: Database, clock: SettableClock
) -> None:
    page = await heard(service, page_published(clock))
    successor = await heard(service, page_published(clock))
    follows = {"version": 2, "successor_short_id": successor.short_id}
    await deliver(service, PageUpdated.model_validate({**page.model_dump(), **follows}))
    await crowd(db, page, 1, next_wanted_at=clock.now())
    clock.set(successor.launch_at)
    await deliver(service, withdrawn(product(successor)))
    await jobs.next_batch(tell_of_successor, db)
    assert await owed(db, "next-is-live") == []


async def test_what_was_heard_before_ends_were_kept_closes_nothing(
    service: Service, page: PagePublished, db: Database, clock: SettableClock
) -> None:
    registrants = await crowd(db, page, 1)
    await deliver(service, withdrawn(product(page)))
    async with db.transaction() as tx:
        await tx.session.execute(text("UPDATE mirrored_pages SET product_ids = NULL"))
    clock.set(page.launch_at)
    await jobs.tell_next_batch(db)
    assert await owed(db, "page-is-live") == registrants
