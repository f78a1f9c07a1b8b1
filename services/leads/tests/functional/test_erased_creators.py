"""With a creator go the registrations of all their pages, and nobody else's."""

import asyncio

import pytest
from chassis.db import Database
from chassis.lifecycle import Service
from chassis.testing import SettableClock, deliver, told
from contracts.catalog import CreatorErased, CreatorUpdated
from contracts.leads import RegistrationDeleted
from contracts.pages import PagePublished
from leads import jobs
from leads.models import MirroredCreator
from leads.use_cases import delete_registration as story

from .conftest import Registrant, crowd, heard, page_published


async def test_registrations_go_with_the_creator(
    service: Service,
    registrant: Registrant,
    page: PagePublished,
    db: Database,
    clock: SettableClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(story, "BATCH", 2)
    gone = await crowd(db, page, 7)
    other = await heard(service, page_published(clock))
    stays = await registrant.confirmed(other)
    now = clock.now()
    erased = CreatorErased(id=page.creator_id, version=3, name="", created_at=now, updated_at=now)
    late = CreatorUpdated(id=page.creator_id, version=2, name="Ada", created_at=now, updated_at=now)
    for event in (erased, late, erased):
        await deliver(service, event)
    for _ in range(4):
        await asyncio.gather(*(jobs.next_batch(story.delete_registrations_of_erased, db) for _ in range(2)))
    assert [row.id for row in await registrant.found()] == [stays.id]
    assert sorted(event.id for event in await told(db, RegistrationDeleted)) == gone
    async with db.reading() as session:
        creator = await session.get_one(MirroredCreator, page.creator_id)
    assert (creator.name, creator.erased) == ("", True)
