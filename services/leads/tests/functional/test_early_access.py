"""Registrants are let in before the launch, in waves; each is told once."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from chassis.db import Database
from chassis.lifecycle import Service
from chassis.passes import PassKind
from chassis.testing import SettableClock, deliver, sign_in, until_somebody_waits_for
from contracts.pages import PagePublished, PageUpdated
from leads import jobs, pacing
from leads.models import Wave
from leads.use_cases import let_in_early as story
from leads.use_cases.choose_early_access import choose_early_access

from .conftest import Registrant, composed, crowd, heard, owed, page_published, pass_in

WAVES = {"waves": [{"minutesBefore": 30, "registrants": 3}, {"minutesBefore": 15, "registrants": 2}]}


@pytest.fixture
async def early_page(service: Service, clock: SettableClock) -> PagePublished:
    """Launches in an hour, lets registrants in half an hour before."""
    return await heard(service, page_published(clock, early_access_minutes=30))


async def choose(client: httpx.AsyncClient, page: PagePublished, body: dict[str, Any]) -> httpx.Response:
    return await client.put(f"/v1/pages/{page.id}/early-access", json=body, headers=sign_in(page.creator_id))


async def sweep(db: Database, times: int = 2) -> None:
    for _ in range(times):
        await jobs.next_batch(story.let_in_early, db)


async def test_waves_enter_in_the_order_of_registration_and_the_rest_at_the_launch(
    client: httpx.AsyncClient, early_page: PagePublished, db: Database, clock: SettableClock
) -> None:
    registrants = await crowd(db, early_page, 7)
    assert (await choose(client, early_page, WAVES)).status_code == 200
    entered = []
    for minutes in (31, 30, 16, 15, 1):
        clock.set(early_page.launch_at - timedelta(minutes=minutes))
        await sweep(db)
        entered.append(len(await owed(db, "early-access")))
    assert entered == [0, 3, 3, 5, 5]
    assert await owed(db, "early-access") == registrants[:5]
    clock.set(early_page.launch_at)
    for _ in range(2):
        await jobs.tell_next_batch(db)
    await sweep(db)
    assert await owed(db, "early-access") == registrants[:5]
    assert sorted(await owed(db, "page-is-live")) == registrants[5:]


async def test_without_waves_all_enter_as_early_as_the_page_allows(
    early_page: PagePublished, db: Database, clock: SettableClock
) -> None:
    registrants = await crowd(db, early_page, 4)
    await crowd(db, early_page.model_copy(update={"id": uuid4()}), 2)
    clock.set(early_page.launch_at - timedelta(minutes=30))
    await sweep(db)
    assert await owed(db, "early-access") == registrants


async def test_several_sweepers_let_in_no_more_than_a_wave_holds(
    client: httpx.AsyncClient,
    early_page: PagePublished,
    db: Database,
    clock: SettableClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pacing, "MOST_WAITING", 30)
    await crowd(db, early_page, 20)
    await choose(client, early_page, {"waves": [{"minutesBefore": 30, "registrants": 10}]})
    clock.set(early_page.launch_at - timedelta(minutes=30))
    for _ in range(6):
        await asyncio.gather(*(sweep(db, 1) for _ in range(4)))
    told = await owed(db, "early-access")
    assert len(told) == len(set(told)) == 10


async def test_a_page_that_admits_nobody_yet_holds_up_no_other(
    service: Service,
    client: httpx.AsyncClient,
    db: Database,
    clock: SettableClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(story, "PAGES", 1)
    full, early, late = [await heard(service, page_published(clock, early_access_minutes=30)) for _ in "123"]
    await choose(client, full, {"waves": [{"minutesBefore": 30, "registrants": 1}]})
    await choose(client, early, {"waves": [{"minutesBefore": 5, "registrants": 1}]})
    for page in (full, early):
        await crowd(db, page, 3)
    registrants = await crowd(db, late, 3)
    clock.set(late.launch_at - timedelta(minutes=30))
    await sweep(db, times=3)
    assert set(registrants) < set(await owed(db, "early-access"))
    assert len(await owed(db, "early-access")) == len(registrants) + 1


async def test_a_wave_that_is_cut_off_is_told_by_the_next(
    early_page: PagePublished, db: Database, clock: SettableClock
) -> None:
    registrants = await crowd(db, early_page, 5)
    clock.set(early_page.launch_at - timedelta(minutes=30))
    with suppress(InterruptedError):
        async with db.transaction() as tx:
            assert await story.let_in_early(tx) == 5
            raise InterruptedError
    assert await owed(db, "early-access") == []
    await sweep(db)
    assert await owed(db, "early-access") == registrants


async def test_the_mail_bears_a_pass_that_opens_the_page_from_then_on(
    service: Service, registrant: Registrant, early_page: PagePublished, db: Database, clock: SettableClock
) -> None:
    registration = await registrant.confirmed(early_page)
    opens_at = early_page.launch_at - timedelta(minutes=30)
    clock.set(opens_at + timedelta(seconds=1))
    await sweep(db)
    mail = await composed(service, "early-access", registration.id)
    admitted = pass_in(service, mail)
    assert mail is not None
    assert admitted is not None
    assert (admitted.kind, admitted.registration_id, admitted.page_id) == (
        PassKind.EARLY_ACCESS,
        registration.id,
        early_page.id,
    )
    assert timedelta(0) <= admitted.not_before - opens_at < timedelta(seconds=1)
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    clock.set(opens_at - timedelta(seconds=1))
    assert pass_in(service, mail) is None
    await registrant.delete(registration.id)
    assert await composed(service, "early-access", registration.id) is None


async def test_a_launch_put_off_puts_off_the_waves(
    service: Service, early_page: PagePublished, db: Database, clock: SettableClock
) -> None:
    await crowd(db, early_page, 2)
    later = {"version": 2, "launch_at": early_page.launch_at + timedelta(hours=2)}
    await deliver(service, PageUpdated.model_validate({**early_page.model_dump(), **later}))
    clock.set(early_page.launch_at - timedelta(minutes=10))
    await sweep(db)
    assert await owed(db, "early-access") == []


async def test_the_choice_is_shown_as_it_will_be(
    client: httpx.AsyncClient, early_page: PagePublished, db: Database, clock: SettableClock
) -> None:
    path, creator = f"/v1/pages/{early_page.id}/early-access", sign_in(early_page.creator_id)
    shown = (await client.get(path, headers=creator)).json()
    assert [(wave["minutesBefore"], wave["registrants"]) for wave in shown["waves"]] == [(30, None)]
    chosen = await choose(client, early_page, WAVES)
    assert chosen.json() == (await client.get(path, headers=creator)).json()
    assert [(wave["minutesBefore"], wave["registrants"]) for wave in chosen.json()["waves"]] == [(30, 3), (15, 2)]
    await crowd(db, early_page, 4)
    clock.set(early_page.launch_at - timedelta(minutes=29))
    await sweep(db)
    assert (await client.get(path, headers=creator)).json()["told"] == 3
    figures = (await client.get(f"/v1/pages/{early_page.id}/campaign", headers=creator)).json()
    assert (figures["earlyAccess"], figures["notified"]) == (3, 3)
    assert (await choose(client, early_page, {"waves": []})).json()["waves"][0]["registrants"] is None


@pytest.mark.parametrize("minutes", [30, 20])
async def test_of_two_who_choose_at_once_one_choice_stands(
    client: httpx.AsyncClient, early_page: PagePublished, db: Database, minutes: int
) -> None:
    async with db.transaction() as tx:
        await choose_early_access(tx, early_page.id, [Wave(30, 3), Wave(15, 2)])
        await tx.session.flush()
        other = asyncio.create_task(choose(client, early_page, {"waves": [{"minutesBefore": minutes}]}))
        waits = asyncio.create_task(until_somebody_waits_for(tx))
        await asyncio.wait((other, waits), return_when=asyncio.FIRST_COMPLETED)
        waits.cancel()
    assert (await other).status_code == 200
    shown = await client.get(f"/v1/pages/{early_page.id}/early-access", headers=sign_in(early_page.creator_id))
    assert [wave["minutesBefore"] for wave in shown.json()["waves"]] == [minutes]


@pytest.mark.parametrize(
    ("waves", "pointer"),
    [
        ([{"minutesBefore": 31}], "#/waves/0/minutesBefore"),
        ([{"minutesBefore": 0}], "#/waves/0/minutesBefore"),
        ([{"minutesBefore": 10, "registrants": 5}, {"minutesBefore": 20}], "#/waves/1/minutesBefore"),
        ([{"minutesBefore": 10, "registrants": 5}, {"minutesBefore": 10}], "#/waves/1/minutesBefore"),
        ([{"minutesBefore": 20}, {"minutesBefore": 10}], "#/waves/0/registrants"),
        ([{"minutesBefore": 20, "registrants": 0}], "#/waves/0/registrants"),
        ([{"minutesBefore": 20, "unknown": 1}], "#/waves/0/unknown"),
        ("all", "#/waves"),
    ],
)
async def test_waves_that_cannot_be_are_named(
    client: httpx.AsyncClient, early_page: PagePublished, waves: Any, pointer: str
) -> None:
    answer = await choose(client, early_page, {"waves": waves})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer


async def test_another_creator_chooses_nothing(client: httpx.AsyncClient, early_page: PagePublished) -> None:
    path = f"/v1/pages/{early_page.id}/early-access"
    for method, body in (("GET", None), ("PUT", WAVES)):
        assert (await client.request(method, path, json=body, headers=sign_in(uuid4()))).status_code == 404
        assert (await client.request(method, path, json=body)).status_code == 401
