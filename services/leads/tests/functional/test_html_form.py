"""Registering from a browser in which no script runs."""

import httpx
import pytest
from chassis.db import Database
from chassis.testing import SettableClock, told
from contracts.leads import RegistrationConfirmed
from contracts.pages import PagePublished
from leads.http import dependencies

from .conftest import Registrant, page_published

FILLED = {"email": "grace@example.com", "name": "Grace", "customFields.size": "M", "customFields.age": "42"}
PATHS = pytest.mark.parametrize("path", ["/register/{}", "/v1/public/pages/{}/registrations"])


@PATHS
async def test_a_form_registers_and_is_answered_with_a_page(
    client: httpx.AsyncClient, registrant: Registrant, page: PagePublished, path: str
) -> None:
    answers = [await client.post(path.format(page.short_id), data=FILLED) for _ in range(2)]
    for answer in answers:
        assert answer.status_code == 202
        assert answer.headers["content-type"].startswith("text/html")
        assert "Check your mail" in answer.text
    assert answers[0].text == answers[1].text
    (registration,) = await registrant.found()
    assert registration.custom_fields == {"size": "M", "age": 42}


@pytest.mark.parametrize(("given", "kept"), [("X.com", "x.com"), ("ada@example.com", "other"), (None, None)])
async def test_what_brought_the_registrant_is_kept_and_told_once_confirmed(
    client: httpx.AsyncClient,
    registrant: Registrant,
    page: PagePublished,
    db: Database,
    given: str | None,
    kept: str | None,
) -> None:
    path = f"/v1/public/pages/{page.short_id}/registrations"
    form = {**FILLED, **({} if given is None else {"source": given})}
    assert (await client.post(path, data=form)).status_code == 202
    body = {"email": "ada@example.com", "customFields": {"size": "M"}, "source": given}
    assert (await client.post(path, json=body)).status_code == 202
    assert [registration.source for registration in await registrant.found()] == [kept, kept]
    await registrant.confirmed(page)
    assert [confirmed.source for confirmed in await told(db, RegistrationConfirmed)] == [kept]


async def test_a_mistyped_form_keeps_what_brought_the_registrant(
    client: httpx.AsyncClient, page: PagePublished
) -> None:
    answer = await client.post(f"/register/{page.short_id}", data={**FILLED, "email": "grace@", "source": "x.com"})
    assert answer.status_code == 422
    assert '<input type="hidden" name="source" value="x.com">' in answer.text


@PATHS
async def test_json_is_taken_at_the_form_s_address_too(
    client: httpx.AsyncClient, page: PagePublished, path: str
) -> None:
    body = {"email": "grace@example.com", "customFields": {"size": "M"}}
    answer = await client.post(path.format(page.short_id), json=body)
    assert (answer.status_code, answer.json()) == (202, {"status": "check-your-mail"})


async def test_what_is_wrong_is_shown_at_its_field_and_what_was_typed_is_kept(
    client: httpx.AsyncClient, registrant: Registrant, page: PagePublished
) -> None:
    wrong = {**FILLED, "customFields.size": "", "customFields.age": "old", "name": "<b>Grace</b>"}
    answer = await client.post(f"/register/{page.short_id}", data=wrong)
    assert answer.status_code == 422
    assert "This is needed." in answer.text
    assert "Write a number here." in answer.text
    assert "grace@example.com" in answer.text
    assert "&lt;b&gt;Grace" in answer.text
    address = await client.post(f"/register/{page.short_id}", data={**FILLED, "email": "nobody"})
    assert address.status_code == 422
    assert await registrant.found() == []


async def test_a_closed_page_says_so(client: httpx.AsyncClient, page: PagePublished, clock: SettableClock) -> None:
    clock.set(page.launch_at)
    answer = await client.post(f"/register/{page.short_id}", data=FILLED)
    assert answer.status_code == 410
    assert "Registration for this page is closed" in answer.text


async def test_a_page_not_heard_of_asks_to_try_again(client: httpx.AsyncClient, clock: SettableClock) -> None:
    answer = await client.post(f"/register/{page_published(clock).short_id}", data=FILLED)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert answer.headers["content-type"].startswith("text/html")


async def test_a_throttled_visitor_reads_why(
    client: httpx.AsyncClient, page: PagePublished, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dependencies, "MOST_PER_VISITOR", 1)
    answers = [await client.post(f"/register/{page.short_id}", data=FILLED) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 429]
    assert "Too many requests" in answers[1].text


async def test_a_form_that_cannot_be_read_is_refused(client: httpx.AsyncClient, page: PagePublished) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await client.post(f"/register/{page.short_id}", content=b"\xff=1", headers=headers)
    assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (400, "text/html")
