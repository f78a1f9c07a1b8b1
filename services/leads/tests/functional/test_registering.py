"""Registering for a page that has not opened yet."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from chassis import api
from chassis.clock import new_id
from chassis.db import Database
from chassis.lifecycle import Service
from chassis.testing import SettableClock, deliver, owed_mails, told
from contracts.leads import RegistrationConfirmed
from contracts.pages import PagePublished, PageStatus, PageWithdrawn
from leads.http import dependencies
from leads.use_cases import register_lead as story

from .conftest import Registrant, composed, page_published


async def test_a_registration_is_kept_and_asked_to_be_confirmed(
    registrant: Registrant, page: PagePublished, db: Database
) -> None:
    answer = await registrant.register(page)
    assert (answer.status_code, answer.json()) == (202, {"status": "check-your-mail"})
    (registration,) = await registrant.found()
    assert (registration.email, registration.name) == ("grace@example.com", "Grace")
    assert registration.custom_fields == {"size": "M"}
    assert registration.confirmed_at is None
    assert [kind for kind, _ in await owed_mails(db)] == ["confirm-registration"]
    assert await told(db, RegistrationConfirmed) == []


async def test_a_known_address_is_answered_as_a_new_one_and_kept_once(
    registrant: Registrant, page: PagePublished, db: Database
) -> None:
    first = await registrant.register(page)
    again = await registrant.register(page, "GRACE@Example.COM")
    ignored = {"x-request-id", "ratelimit-remaining", "ratelimit-reset"}
    assert (first.status_code, first.content) == (again.status_code, again.content)
    assert {k: v for k, v in first.headers.items() if k not in ignored} == {
        k: v for k, v in again.headers.items() if k not in ignored
    }
    assert len(await registrant.found()) == 1
    assert len(await owed_mails(db)) == 1


async def test_twenty_at_once_with_one_address_are_one_registration(
    registrant: Registrant, page: PagePublished, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dependencies, "MOST_PER_VISITOR", 100)
    answers = await asyncio.gather(*(registrant.register(page) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {202}
    assert len(await registrant.found()) == 1
    assert len(await owed_mails(db)) == 1


async def test_the_mail_is_sent_again_but_not_often(
    registrant: Registrant, page: PagePublished, db: Database, clock: SettableClock
) -> None:
    for _ in range(3):
        await registrant.register(page)
    assert len(await owed_mails(db)) == 1
    for sent in (2, 3, 4, 5, 5):
        clock.advance(timedelta(minutes=11))
        await registrant.register(page)
        assert len(await owed_mails(db)) == sent


async def test_until_it_is_confirmed_the_latest_answers_count(registrant: Registrant, page: PagePublished) -> None:
    await registrant.register(page)
    await registrant.register(page, name="Grace Hopper", customFields={"size": "S"})
    (registration,) = await registrant.found()
    assert (registration.name, registration.custom_fields) == ("Grace Hopper", {"size": "S"})
    await registrant.confirm(registration.id)
    await registrant.register(page, name="Somebody else")
    (registration,) = await registrant.found()
    assert registration.name == "Grace Hopper"


async def test_one_address_registers_for_two_pages(
    service: Service, registrant: Registrant, page: PagePublished, clock: SettableClock
) -> None:
    other = page_published(clock)
    await deliver(service, other)
    await registrant.register(page)
    await registrant.register(other)
    assert len(await registrant.found()) == 2


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"email": "nobody"}, "#/email"),
        ({"email": "grace@exa\nmple.com"}, "#/email"),
        ({"email": "grace@example.com, other@example.com"}, "#/email"),
        ({"email": "x" * 250 + "@example.com"}, "#/email"),
        ({"email": None}, "#/email"),
        ({"name": "nul \x00"}, "#/name"),
        ({"name": "x" * 201}, "#/name"),
        ({"unknown": 1}, "#/unknown"),
        ({"customFields": []}, "#/customFields"),
        ({"customFields": {}}, "#/customFields/size"),
        ({"customFields": {"size": "XL"}}, "#/customFields/size"),
        ({"customFields": {"size": "M", "age": "old"}}, "#/customFields/age"),
        ({"customFields": {"size": "M", "colour": "red"}}, "#/customFields/colour"),
    ],
)
async def test_a_field_that_cannot_be_accepted_is_named(
    registrant: Registrant, page: PagePublished, body: dict[str, Any], pointer: str
) -> None:
    answer = await registrant.register(page, **body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert pointer in [error.get("pointer") for error in answer.json()["errors"]]
    assert await registrant.found() == []


async def test_at_the_launch_registration_closes(
    registrant: Registrant, page: PagePublished, clock: SettableClock
) -> None:
    clock.set(page.launch_at)
    answer = await registrant.register(page)
    assert (answer.status_code, answer.json()["type"]) == (410, "registration-closed")


@pytest.mark.parametrize("past_expiry", [True, False])
async def test_a_closed_page_takes_no_registration(
    service: Service, registrant: Registrant, page: PagePublished, clock: SettableClock, past_expiry: bool
) -> None:
    if past_expiry:
        clock.set(page.expires_at)
    else:
        withdrawn = {**page.model_dump(), "version": 2, "status": PageStatus.WITHDRAWN}
        await deliver(service, PageWithdrawn.model_validate(withdrawn))
    answer = await registrant.register(page)
    assert (answer.status_code, answer.json()["type"]) == (410, "registration-closed")


async def test_an_older_state_of_the_page_changes_nothing(
    service: Service, registrant: Registrant, page: PagePublished
) -> None:
    withdrawn = PageWithdrawn.model_validate({**page.model_dump(), "version": 3, "status": PageStatus.WITHDRAWN})
    await deliver(service, withdrawn)
    await deliver(service, page.model_copy(update={"version": 2}))
    assert (await registrant.register(page)).status_code == 410


async def test_a_page_not_heard_of_is_asked_to_wait_for_and_then_unknown(
    registrant: Registrant, clock: SettableClock, service: Service
) -> None:
    unheard = page_published(clock)
    answer = await registrant.register(unheard)
    assert (answer.status_code, answer.headers["retry-after"], answer.json()["type"]) == (503, "1", "not-heard-yet")
    clock.advance(timedelta(seconds=10))
    assert (await registrant.register(unheard)).status_code == 404
    await deliver(service, unheard)
    assert (await registrant.register(unheard)).status_code == 202


async def test_what_is_no_short_id_is_unknown_at_once_and_counted_nowhere(
    service: Service, registrant: Registrant, clock: SettableClock
) -> None:
    short_id = f"no-{new_id()}"
    assert (await registrant.register(page_published(clock, short_id=short_id))).status_code == 404
    assert await service.redis.keys(f"*{short_id}*") == []


async def test_one_visitor_is_throttled_over_all_pages_that_may_be(
    registrant: Registrant, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dependencies, "MOST_PER_CALLER", 3)
    answers = [await registrant.register(page_published(clock)) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [503, 503, 503, 429, 429]


async def test_one_address_is_not_asked_often_whatever_the_page(
    service: Service, registrant: Registrant, db: Database, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(story, "MOST_ASKED_OF_ALL", 2)
    later = {"launch_at": clock.now() + timedelta(days=2), "expires_at": clock.now() + timedelta(days=3)}
    pages = [page_published(clock, **later) for _ in range(4)]
    for page, email in zip(pages, ("grace@example.com", "Grace@Example.com") * 2, strict=True):
        await deliver(service, page)
        assert (await registrant.register(page, email)).status_code == 202
    assert len(await owed_mails(db)) == 2
    await registrant.register(pages[0], "other@example.com")
    assert len(await owed_mails(db)) == 3
    clock.advance(timedelta(days=1))
    await registrant.register(pages[3])
    assert len(await owed_mails(db)) == 4


async def test_one_visitor_is_throttled_on_one_page_alone(
    service: Service, registrant: Registrant, page: PagePublished, clock: SettableClock
) -> None:
    for number in range(dependencies.MOST_PER_VISITOR):
        assert (await registrant.register(page, f"lead{number}@example.com")).status_code == 202
    refused = await registrant.register(page, "one-more@example.com")
    assert (refused.status_code, refused.json()["type"]) == (429, "too-many-requests")
    assert int(refused.headers["retry-after"]) > 0
    other = page_published(clock)
    await deliver(service, other)
    assert (await registrant.register(other)).status_code == 202


async def test_one_page_takes_so_many_from_all_together(
    registrant: Registrant, page: PagePublished, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dependencies, "MOST_PER_PAGE", 2)
    answers = [await registrant.register(page, f"lead{number}@example.com") for number in range(3)]
    assert [answer.status_code for answer in answers] == [202, 202, 429]
    assert int(answers[2].headers["retry-after"]) > 0


async def test_the_answer_takes_as_long_for_any_address(
    registrant: Registrant, page: PagePublished, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "FLOOR_SECONDS", 0.2)
    for _ in range(2):
        began = asyncio.get_running_loop().time()
        await registrant.register(page)
        assert asyncio.get_running_loop().time() - began >= 0.2


async def test_the_same_request_again_is_answered_from_memory(
    client: httpx.AsyncClient, page: PagePublished, registrant: Registrant
) -> None:
    path, headers = f"/v1/public/pages/{page.short_id}/registrations", {"Idempotency-Key": f"key-{page.id}"}
    body = {"email": "grace@example.com", "customFields": {"size": "M"}}
    first = await client.post(path, json=body, headers=headers)
    again = await client.post(path, json=body, headers=headers)
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.headers["idempotent-replayed"] == "true"
    other = await client.post(path, json={**body, "name": "Else"}, headers=headers)
    assert other.status_code == 422


async def test_the_mail_asks_with_links_behind_a_hash_and_can_be_left_with_one_click(
    service: Service, registrant: Registrant, page: PagePublished, db: Database
) -> None:
    await registrant.register(page)
    (registration,) = await registrant.found()
    ((kind, about),) = await owed_mails(db)
    mail = await composed(service, kind, about)
    assert mail is not None
    assert mail.recipient == "grace@example.com"
    assert "The Book" in mail.text
    assert "Ada" in mail.text
    assert f"https://pages.example/r/confirm#{registration.id}." in mail.text
    assert f"https://pages.example/r/delete#{registration.id}." in mail.text
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail.headers["List-Unsubscribe"].startswith("<https://pages.example/api/leads/v1/registrations/unsubscribe")


async def test_who_confirmed_or_left_meanwhile_is_not_asked_any_more(
    service: Service, registrant: Registrant, page: PagePublished, db: Database
) -> None:
    await registrant.register(page)
    (registration,) = await registrant.found()
    ((kind, about),) = await owed_mails(db)
    await registrant.confirm(registration.id)
    assert await composed(service, kind, about) is None
    await registrant.delete(registration.id)
    assert await composed(service, kind, about) is None
