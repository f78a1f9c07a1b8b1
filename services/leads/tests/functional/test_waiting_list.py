"""A unit of a sold-out page that comes back is offered to the next who waits, for a time."""

import asyncio
from datetime import timedelta
from functools import partial
from uuid import UUID

import httpx
import pytest
from chassis.clock import new_id
from chassis.db import Database
from chassis.lifecycle import Service
from chassis.passes import PassKind
from chassis.testing import SettableClock, deliver, sign_in, told
from contracts.leads import RegistrationConfirmed, WaitingListLapsed, WaitingListOffered
from contracts.pages import PagePublished, PageUpdated
from leads import jobs, pacing
from leads.use_cases import offer_units as story

from .conftest import (
    Registrant,
    composed,
    crowd,
    heard,
    order_paid,
    owed,
    page_published,
    pass_in,
    stock_changed,
)

LIVES = timedelta(minutes=30)


@pytest.fixture
async def capped(service: Service, clock: SettableClock) -> PagePublished:
    """Launched a moment ago, all ten units gone."""
    page = await heard(service, page_published(clock, quantity_limit=10, waiting_list=True))
    clock.set(page.launch_at + timedelta(seconds=1))
    await deliver(service, stock_changed(page, 1, 0))
    return page


async def sweep(db: Database) -> None:
    await jobs.next_batch(partial(story.offer_units, lives=LIVES), db)


async def queue(db: Database, page: PagePublished, size: int) -> list[UUID]:
    return await crowd(db, page, size, waiting_since=db.clock.now())


async def test_who_registers_on_a_sold_out_page_waits_once_they_confirmed(
    registrant: Registrant, capped: PagePublished, db: Database, client: httpx.AsyncClient
) -> None:
    assert (await registrant.register(capped)).status_code == 202
    (registration,) = await registrant.found()
    assert registration.waiting_since is None
    assert (await registrant.confirm(registration.id)).status_code == 200
    await registrant.confirm(registration.id)
    (registration,) = await registrant.found()
    assert registration.waiting_since is not None
    assert len(await told(db, RegistrationConfirmed)) == 1
    figures = await client.get(f"/v1/pages/{capped.id}/campaign", headers=sign_in(capped.creator_id))
    assert figures.json()["waiting"] == 1


async def test_who_waits_is_not_told_that_the_page_is_open(
    registrant: Registrant, capped: PagePublished, db: Database
) -> None:
    await registrant.confirmed(capped)
    await jobs.tell_next_batch(db)
    assert await owed(db, "page-is-live") == []


async def test_who_was_told_of_the_launch_may_wait_but_is_asked_anew(
    service: Service, registrant: Registrant, clock: SettableClock, db: Database
) -> None:
    page = await heard(service, page_published(clock, quantity_limit=10, waiting_list=True))
    registration = await registrant.confirmed(page)
    clock.set(page.launch_at)
    await jobs.tell_next_batch(db)
    await deliver(service, stock_changed(page, 1, 0))
    assert (await registrant.register(page)).status_code == 202
    asked = await owed(db, "confirm-registration")
    assert len(asked) == 2
    (found,) = await registrant.found()
    assert found.waiting_since is None
    mail = await composed(service, "confirm-registration", asked[1])
    assert mail is not None
    assert "opens on" not in mail.text
    await registrant.confirm(registration.id)
    (found,) = await registrant.found()
    assert found.waiting_since is not None


async def test_the_old_mail_of_the_launch_joins_no_waiting_list(
    service: Service, registrant: Registrant, clock: SettableClock
) -> None:
    page = await heard(service, page_published(clock, quantity_limit=10, waiting_list=True))
    registration = await registrant.confirmed(page)
    clock.set(page.launch_at)
    await deliver(service, stock_changed(page, 1, 0))
    await registrant.confirm(registration.id)
    assert [row.waiting_since for row in await registrant.found()] == [None]


@pytest.mark.parametrize(("waiting_list", "remaining"), [(False, 0), (True, 1), (True, None)])
async def test_a_page_with_units_or_without_a_list_takes_nobody(
    service: Service, registrant: Registrant, clock: SettableClock, waiting_list: bool, remaining: int | None
) -> None:
    page = await heard(service, page_published(clock, quantity_limit=10, waiting_list=waiting_list))
    clock.set(page.launch_at)
    if remaining is not None:
        await deliver(service, stock_changed(page, 1, remaining))
    assert (await registrant.register(page)).json()["type"] == "registration-closed"


async def test_a_unit_that_comes_back_is_offered_to_the_next_alone(
    service: Service, capped: PagePublished, db: Database, clock: SettableClock
) -> None:
    first, _second = await queue(db, capped, 2)
    await sweep(db)
    assert await told(db, WaitingListOffered) == []
    await deliver(service, stock_changed(capped, 2, 1))
    for _ in range(3):
        await sweep(db)
    (offered,) = await told(db, WaitingListOffered)
    assert (offered.registration_id, offered.sales_page_id, offered.version) == (first, capped.id, 1)
    assert offered.offered_until - offered.offered_at == LIVES
    mail = await composed(service, "waiting-list-offer", offered.id)
    admitted = pass_in(service, mail)
    assert mail is not None
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert admitted is not None
    assert (admitted.id, admitted.kind, admitted.registration_id) == (offered.id, PassKind.WAITING_LIST, first)
    clock.set(offered.offered_until)
    assert pass_in(service, mail) is None


async def test_who_is_offered_a_unit_is_not_also_told_that_the_page_is_open(
    service: Service, registrant: Registrant, capped: PagePublished, db: Database
) -> None:
    await registrant.confirmed(capped)
    await deliver(service, stock_changed(capped, 2, 1))
    await sweep(db)
    await jobs.tell_next_batch(db)
    assert len(await told(db, WaitingListOffered)) == 1
    assert await owed(db, "page-is-live") == []


async def test_a_page_whose_units_are_all_promised_holds_up_no_other(
    service: Service, db: Database, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(story, "PAGES", 1)
    pages = [await heard(service, page_published(clock, quantity_limit=10, waiting_list=True)) for _ in "123"]
    clock.set(pages[-1].launch_at)
    for page in pages:
        await queue(db, page, 2)
        await deliver(service, stock_changed(page, 1, 1))
    for _ in range(4):
        await sweep(db)
    assert {offer.sales_page_id for offer in await told(db, WaitingListOffered)} == {page.id for page in pages}


async def test_what_was_not_taken_up_goes_to_the_next(
    service: Service, capped: PagePublished, db: Database, clock: SettableClock
) -> None:
    first, second = await queue(db, capped, 2)
    await deliver(service, stock_changed(capped, 2, 1))
    await sweep(db)
    (offered,) = await told(db, WaitingListOffered)
    await deliver(service, stock_changed(capped, 3, 0, [offered.id]))
    assert await jobs.lapse_next_batch(db) == offered.offered_until
    assert await told(db, WaitingListLapsed) == []
    clock.set(offered.offered_until)
    await asyncio.gather(*(jobs.lapse_next_batch(db) for _ in range(3)))
    (lapsed,) = await told(db, WaitingListLapsed)
    assert (lapsed.id, lapsed.registration_id, lapsed.version) == (offered.id, first, 2)
    assert await composed(service, "waiting-list-offer", offered.id) is None
    await deliver(service, stock_changed(capped, 4, 1))
    await sweep(db)
    assert [offer.registration_id for offer in await told(db, WaitingListOffered)] == [first, second]


async def test_no_more_offers_stand_than_units_are_free(
    service: Service, capped: PagePublished, db: Database, clock: SettableClock
) -> None:
    await queue(db, capped, 20)
    await deliver(service, stock_changed(capped, 2, 3))
    for _ in range(5):
        await asyncio.gather(*(sweep(db) for _ in range(4)))
    offers = await told(db, WaitingListOffered)
    assert len({offer.registration_id for offer in offers}) == len(offers) == 3
    # Another unit comes back before checkout has heard of the offers; then it has heard of two, then of all.
    await deliver(service, stock_changed(capped, 3, 4))
    await sweep(db)
    assert len(await told(db, WaitingListOffered)) == 4
    await deliver(service, stock_changed(capped, 4, 2, [offer.id for offer in offers[:2]]))
    await sweep(db)
    assert len(await told(db, WaitingListOffered)) == 4
    everyone = [offer.id for offer in await told(db, WaitingListOffered)]
    await deliver(service, stock_changed(capped, 5, 2, everyone))
    await sweep(db)
    assert len(await told(db, WaitingListOffered)) == 6


async def test_when_the_limit_is_lifted_everybody_who_waits_is_offered_a_unit(
    service: Service, registrant: Registrant, capped: PagePublished, db: Database
) -> None:
    waiting = await queue(db, capped, 3)
    await registrant.register(capped)
    asked = (await registrant.found())[-1]
    lifted = {"version": 2, "quantity_limit": None}
    await deliver(service, PageUpdated.model_validate({**capped.model_dump(), **lifted}))
    await sweep(db)
    assert [offer.registration_id for offer in await told(db, WaitingListOffered)] == waiting
    assert (await registrant.register(capped, "late@example.com")).json()["type"] == "registration-closed"
    await registrant.confirm(asked.id)
    await jobs.tell_next_batch(db)
    assert await owed(db, "page-is-live") == [asked.id]


async def test_no_more_offers_are_made_than_the_mailer_keeps_up_with(
    service: Service, capped: PagePublished, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pacing, "MOST_WAITING", 2)
    await queue(db, capped, 5)
    await deliver(service, stock_changed(capped, 2, 5))
    for _ in range(2):
        await sweep(db)
    assert len(await told(db, WaitingListOffered)) == 2


async def test_an_older_stock_figure_changes_nothing(service: Service, capped: PagePublished, db: Database) -> None:
    await queue(db, capped, 3)
    await deliver(service, stock_changed(capped, 5, 0))
    await deliver(service, stock_changed(capped, 4, 2))
    await sweep(db)
    assert await told(db, WaitingListOffered) == []


async def test_who_bought_has_no_offer_any_more_and_their_unit_is_not_offered_again(
    service: Service, capped: PagePublished, db: Database, clock: SettableClock
) -> None:
    buyer, _other = await queue(db, capped, 2)
    await deliver(service, stock_changed(capped, 2, 1))
    await sweep(db)
    clock.advance(timedelta(minutes=1))
    await deliver(service, order_paid(capped, buyer, paid_at=clock.now()))
    await sweep(db)  # the figure is still from before the offer
    (offered,) = await told(db, WaitingListOffered)
    clock.set(offered.offered_until)
    await jobs.lapse_next_batch(db)
    (ended,) = await told(db, WaitingListLapsed)  # by the purchase: of another unit, for all that leads knows
    assert (ended.id, ended.version) == (offered.id, 2)
    await deliver(service, stock_changed(capped, 3, 0))
    await sweep(db)
    assert len(await told(db, WaitingListOffered)) == 1


async def test_who_leaves_gives_the_unit_back(
    service: Service, registrant: Registrant, capped: PagePublished, db: Database
) -> None:
    (first,) = await queue(db, capped, 1)
    await deliver(service, stock_changed(capped, 2, 1))
    await sweep(db)
    assert (await registrant.delete(first)).status_code == 200
    (lapsed,) = await told(db, WaitingListLapsed)
    assert lapsed.registration_id == first


async def test_an_offer_ends_with_the_page(
    service: Service, capped: PagePublished, db: Database, clock: SettableClock
) -> None:
    await queue(db, capped, 1)
    clock.set(capped.expires_at - timedelta(minutes=1))
    await deliver(service, stock_changed(capped, 2, 1))
    await sweep(db)
    (offered,) = await told(db, WaitingListOffered)
    assert offered.offered_until == capped.expires_at
    clock.set(capped.expires_at)
    await deliver(service, stock_changed(capped, 3, 5, [new_id()]))
    await queue(db, page_published(clock, id=capped.id), 0)
    await sweep(db)
    assert len(await told(db, WaitingListOffered)) == 1


async def test_who_let_an_offer_lapse_may_wait_again_at_the_end(
    service: Service, registrant: Registrant, capped: PagePublished, db: Database, clock: SettableClock
) -> None:
    again = await registrant.confirmed(capped)
    await deliver(service, stock_changed(capped, 2, 1))
    await sweep(db)
    await registrant.confirm(again.id)  # who has an offer takes that first
    clock.advance(LIVES)
    await jobs.lapse_next_batch(db)
    assert [row.waiting_since for row in await registrant.found()] == [None]
    await registrant.confirm(again.id)
    assert [row.waiting_since is None for row in await registrant.found()] == [False]
