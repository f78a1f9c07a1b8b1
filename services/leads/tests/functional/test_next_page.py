"""Who comes to an expired page is told of the one that follows, once."""

from datetime import timedelta

import pytest
from chassis.db import Database
from chassis.lifecycle import Service
from chassis.testing import SettableClock, deliver
from contracts.pages import AfterExpiry, PagePublished, PageUpdated
from leads import jobs
from leads.use_cases.tell_of_successor import tell_of_successor

from .conftest import Registrant, composed, heard, owed, page_published


@pytest.fixture
async def expired(service: Service, clock: SettableClock) -> PagePublished:
    """Over, and asking who wants the next."""
    page = await heard(service, page_published(clock, after_expiry=AfterExpiry(mode="notify_me")))
    clock.set(page.expires_at)
    return page


async def follow(service: Service, old: PagePublished, clock: SettableClock) -> PagePublished:
    """The next edition of `old`, which launches in an hour."""
    successor = page_published(clock, creator_id=old.creator_id, edition=2, customization={"title": "The Sequel"})
    await deliver(service, successor)
    changed = {"version": old.version + 1, "successor_short_id": successor.short_id}
    await deliver(service, PageUpdated.model_validate({**old.model_dump(), **changed}))
    return successor


async def sweep(db: Database) -> None:
    for _ in range(2):
        await jobs.next_batch(tell_of_successor, db)


async def test_each_who_asked_is_told_once_when_the_next_page_launches(
    service: Service, registrant: Registrant, expired: PagePublished, db: Database, clock: SettableClock
) -> None:
    registration = await registrant.confirmed(expired)
    await registrant.register(expired, "unconfirmed@example.com")
    successor = await follow(service, expired, clock)
    await sweep(db)
    assert await owed(db, "next-is-live") == []
    clock.set(successor.launch_at)
    await sweep(db)
    assert await owed(db, "next-is-live") == [registration.id]
    await jobs.tell_next_batch(db)
    assert await owed(db, "page-is-live") == []
    mail = await composed(service, "next-is-live", registration.id)
    assert mail is not None
    assert f"https://pages.example/p/{successor.short_id}\n" in mail.text
    assert "The Sequel" in mail.subject
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


async def test_who_registered_for_the_next_page_too_is_told_by_that_alone(
    service: Service, registrant: Registrant, expired: PagePublished, db: Database, clock: SettableClock
) -> None:
    await registrant.confirmed(expired)
    successor = await follow(service, expired, clock)
    await registrant.register(successor, "GRACE@example.com")
    there = (await registrant.found())[-1]
    await registrant.confirm(there.id)
    clock.set(successor.launch_at)
    await sweep(db)
    await jobs.tell_next_batch(db)
    assert await owed(db, "next-is-live") == []
    assert await owed(db, "page-is-live") == [there.id]


async def test_who_knew_the_first_page_is_asked_anew_about_the_next(
    service: Service, registrant: Registrant, clock: SettableClock, db: Database
) -> None:
    page = await heard(service, page_published(clock, after_expiry=AfterExpiry(mode="notify_me")))
    registration = await registrant.confirmed(page)
    clock.set(page.expires_at + timedelta(seconds=1))
    assert (await registrant.register(page)).status_code == 202
    assert [row.next_wanted_at for row in await registrant.found()] == [None]
    await registrant.confirm(registration.id)
    assert [row.next_wanted_at is None for row in await registrant.found()] == [False]


@pytest.mark.parametrize("mode", ["message", "successor"])
async def test_a_page_that_does_not_ask_takes_nobody(
    service: Service, registrant: Registrant, clock: SettableClock, mode: str
) -> None:
    page = await heard(service, page_published(clock, after_expiry=AfterExpiry.model_validate({"mode": mode})))
    clock.set(page.expires_at)
    assert (await registrant.register(page)).status_code == 410
