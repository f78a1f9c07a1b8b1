"""A page opens: each who confirmed is told once."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from chassis.db import Database
from chassis.lifecycle import Service
from chassis.mail import Mailer
from chassis.testing import PATIENCE, SettableClock, deliver
from contracts.pages import PageLaunched, PagePublished, PageStatus, PageWithdrawn
from leads import jobs, pacing
from leads.use_cases import tell_registrants as story
from local_stack import Stack
from sqlalchemy import text

from .conftest import Registrant, composed, crowd, heard, owed, page_published


async def told_of_launch(db: Database) -> list[UUID]:
    return await owed(db, "page-is-live")


def launched(page: PagePublished) -> PageLaunched:
    return PageLaunched.model_validate({**page.model_dump(), "version": 2, "is_pre_launch": False})


async def mails_are_sent(db: Database) -> None:
    async with db.transaction() as tx:
        await tx.session.execute(text("UPDATE mails SET sent_at = now()"))


async def test_the_confirmed_are_told_at_the_instant_though_the_event_is_late(
    registrant: Registrant, page: PagePublished, db: Database, clock: SettableClock
) -> None:
    confirmed = await registrant.confirmed(page)
    await registrant.register(page, "unconfirmed@example.com")
    assert await jobs.tell_next_batch(db) == page.launch_at
    assert await told_of_launch(db) == []
    clock.set(page.launch_at)
    for _ in range(3):
        await jobs.tell_next_batch(db)
    assert await told_of_launch(db) == [confirmed.id]
    async with db.transaction() as tx:
        assert await story.tell_registrants(tx) == 0
    notified = {row.email: row.notified_at for row in await registrant.found()}
    assert notified["grace@example.com"] is not None
    assert notified["unconfirmed@example.com"] is None


async def test_the_event_starts_the_telling(
    service: Service, registrant: Registrant, page: PagePublished, db: Database, clock: SettableClock
) -> None:
    confirmed = await registrant.confirmed(page)
    clock.set(page.launch_at)
    for _ in range(2):
        await deliver(service, launched(page))
    await jobs.tell_next_batch(db)
    assert await told_of_launch(db) == [confirmed.id]


async def test_who_confirms_after_the_launch_is_told_too(
    registrant: Registrant, page: PagePublished, db: Database, clock: SettableClock
) -> None:
    await registrant.register(page)
    (registration,) = await registrant.found()
    clock.set(page.launch_at + timedelta(minutes=1))
    await jobs.tell_next_batch(db)
    assert await told_of_launch(db) == []
    await registrant.confirm(registration.id)
    await jobs.tell_next_batch(db)
    assert await told_of_launch(db) == [registration.id]


@pytest.mark.parametrize("how", ["expired", "withdrawn"])
async def test_nobody_is_led_to_a_page_that_closed(
    service: Service, registrant: Registrant, page: PagePublished, db: Database, clock: SettableClock, how: str
) -> None:
    confirmed = await registrant.confirmed(page)
    clock.set(page.launch_at if how == "withdrawn" else page.expires_at)
    if how == "withdrawn":
        withdrawn = {**page.model_dump(), "version": 2, "status": PageStatus.WITHDRAWN}
        await deliver(service, PageWithdrawn.model_validate(withdrawn))
    assert await composed(service, "page-is-live", confirmed.id) is None
    await jobs.tell_next_batch(db)
    assert await told_of_launch(db) == []


async def test_a_crowd_is_told_in_batches_that_several_sweepers_share(
    page: PagePublished, db: Database, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pacing, "MOST_WAITING", 10)
    await crowd(db, page, 45)
    clock.hold(page.launch_at)
    due = await jobs.tell_next_batch(db)
    assert due is not None
    assert timedelta(0) < due - clock.now() <= jobs.PAUSE
    assert len(await told_of_launch(db)) == 10
    for _ in range(5):
        await mails_are_sent(db)
        await asyncio.gather(*(jobs.tell_next_batch(db) for _ in range(4)))
    told = await told_of_launch(db)
    assert len(told) == len(set(told)) == 45


async def test_no_more_are_owed_than_the_mailer_keeps_up_with(
    page: PagePublished, db: Database, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pacing, "MOST_WAITING", 15)
    await crowd(db, page, 30)
    clock.set(page.launch_at)
    for _ in range(4):
        await jobs.tell_next_batch(db)
    assert len(await told_of_launch(db)) == 15
    await mails_are_sent(db)
    for _ in range(4):
        await jobs.tell_next_batch(db)
    assert len(await told_of_launch(db)) == 30


@pytest.mark.parametrize("how", ["due_at = 'infinity'", "attempts = 4"])
async def test_mails_that_come_to_nothing_hold_up_no_launch(
    page: PagePublished, db: Database, clock: SettableClock, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr(pacing, "MOST_WAITING", 5)
    await crowd(db, page, 10)
    clock.set(page.launch_at)
    await jobs.tell_next_batch(db)
    async with db.transaction() as tx:
        await tx.session.execute(text(f"UPDATE mails SET {how}"))
    await jobs.tell_next_batch(db)
    assert len(await told_of_launch(db)) == 10


async def test_a_large_launch_keeps_no_small_one_waiting(
    service: Service, db: Database, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pacing, "MOST_WAITING", 6)
    large = await heard(service, page_published(clock))
    small = await heard(service, page_published(clock, expires_at=clock.now() + timedelta(hours=30)))
    of_large, of_small = await crowd(db, large, 20), await crowd(db, small, 2)
    clock.set(small.launch_at)
    await jobs.tell_next_batch(db)
    first = await told_of_launch(db)
    assert set(of_small) < set(first)
    for _ in range(4):
        await mails_are_sent(db)
        await jobs.tell_next_batch(db)
    assert sorted(await told_of_launch(db)) == sorted(of_large + of_small)


async def test_of_many_pages_those_that_close_first_are_told_of_first(
    service: Service, db: Database, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(story, "PAGES", 1)
    later, sooner, last = [
        await heard(service, page_published(clock, expires_at=clock.now() + timedelta(hours=hours)))
        for hours in (3, 2, 4)
    ]
    first, second, third = [(await crowd(db, page, 1))[0] for page in (sooner, later, last)]
    clock.set(last.launch_at)
    for _ in range(3):
        await jobs.tell_next_batch(db)
    assert await told_of_launch(db) == [first, second, third]


async def test_a_batch_that_is_cut_off_is_told_by_the_next(
    page: PagePublished, db: Database, clock: SettableClock
) -> None:
    await crowd(db, page, 5)
    clock.set(page.launch_at)
    with suppress(InterruptedError):
        async with db.transaction() as tx:
            assert await story.tell_registrants(tx) == 5
            raise InterruptedError
    assert await told_of_launch(db) == []
    await jobs.tell_next_batch(db)
    assert len(await told_of_launch(db)) == 5


async def test_the_mail_leads_to_the_page_and_can_be_left_with_one_click(
    service: Service, registrant: Registrant, page: PagePublished
) -> None:
    confirmed = await registrant.confirmed(page)
    mail = await composed(service, "page-is-live", confirmed.id)
    assert mail is not None
    assert mail.recipient == "grace@example.com"
    assert f"https://pages.example/p/{page.short_id}" in mail.text
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    await registrant.delete(confirmed.id)
    assert await composed(service, "page-is-live", confirmed.id) is None


async def test_the_mail_is_sent_to_the_registrant_alone(
    service: Service, registrant: Registrant, page: PagePublished, clock: SettableClock, infrastructure: Stack
) -> None:
    email = f"{page.id.hex}@example.com"
    registration = await registrant.confirmed(page, email)
    clock.set(page.launch_at)
    await jobs.tell_next_batch(service.db)
    await Mailer(service.db, infrastructure.smtp_url, "Pages <pages@example.com>", service.mails).send_due()
    async with httpx.AsyncClient(base_url=infrastructure.endpoints["mail"], timeout=PATIENCE) as catcher:
        (mail,) = (await catcher.get("/api/messages", params={"to": email})).json()
    assert mail["to"] == [email]
    assert mail["headers"]["List-Unsubscribe"] == f"<{registrant.links.one_click_url(registration.id)}>"
