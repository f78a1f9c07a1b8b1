"""What a registrant does with the links of their mails."""

from uuid import UUID

import httpx
import pytest
from chassis import tables
from chassis.db import Database
from chassis.testing import SettableClock, told
from contracts.leads import RegistrationConfirmed, RegistrationDeleted
from contracts.pages import PagePublished
from leads.links import Links
from sqlalchemy import select

from .conftest import Registrant


async def test_a_confirmation_is_told_once(registrant: Registrant, page: PagePublished, db: Database) -> None:
    await registrant.register(page)
    (registration,) = await registrant.found()
    for _ in range(2):
        answer = await registrant.confirm(registration.id)
        assert answer.status_code == 200
        assert answer.json() == {"status": "confirmed", "pageUrl": f"https://pages.example/p/{page.short_id}"}
    (event,) = await told(db, RegistrationConfirmed)
    assert (event.id, event.sales_page_id) == (registration.id, page.id)
    assert event.confirmed_at is not None
    assert "grace" not in event.model_dump_json().lower()


async def test_following_the_link_changes_nothing(
    client: httpx.AsyncClient, registrant: Registrant, page: PagePublished, links: Links
) -> None:
    await registrant.register(page)
    (registration,) = await registrant.found()
    for path in ("/r/confirm", "/r/delete"):
        shown = await client.get(path)
        assert shown.status_code == 200
        assert shown.headers["content-type"].startswith("text/html")
        assert "script-src 'self'" in shown.headers["content-security-policy"]
        assert shown.headers["cache-control"] == "no-store"
    token = links.token("delete-registration", registration.id)
    led = await client.get("/v1/registrations/unsubscribe", params={"token": token})
    assert (led.status_code, led.headers["location"]) == (303, f"https://pages.example/r/delete#{token}")
    (still,) = await registrant.found()
    assert still.confirmed_at is None


async def test_who_leaves_is_gone_with_all_that_was_personal(
    registrant: Registrant, page: PagePublished, db: Database
) -> None:
    registration = await registrant.confirmed(page)
    for _ in range(2):
        answer = await registrant.delete(registration.id)
        assert (answer.status_code, answer.json()) == (200, {"status": "deleted"})
    assert await registrant.found() == []
    (event,) = await told(db, RegistrationDeleted)
    (confirmed,) = await told(db, RegistrationConfirmed)
    assert event.id == registration.id
    assert event.version > confirmed.version
    assert (await registrant.confirm(registration.id)).json()["type"] == "registration-unknown"


async def test_a_deletion_is_on_record_without_what_was_personal(
    registrant: Registrant, page: PagePublished, db: Database
) -> None:
    registration = await registrant.confirmed(page)
    await registrant.delete(registration.id)
    async with db.reading() as session:
        (entry,) = (await session.execute(select(tables.security_log))).mappings().all()
    assert (entry["kind"], entry["subject"], entry["detail"]) == (
        "registration-deleted",
        registration.id,
        {"by": "registrant"},
    )


async def test_one_click_in_a_mail_program_is_enough(
    client: httpx.AsyncClient, registrant: Registrant, page: PagePublished, links: Links
) -> None:
    registration = await registrant.confirmed(page)
    address = links.one_click_url(registration.id).removeprefix("https://pages.example/api/leads")
    answer = await client.post(address, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert await registrant.found() == []


async def test_who_left_may_come_back(registrant: Registrant, page: PagePublished) -> None:
    first = await registrant.confirmed(page)
    await registrant.delete(first.id)
    again = await registrant.confirmed(page)
    assert again.id != first.id


@pytest.mark.parametrize("path", ["/v1/registrations/confirm", "/v1/registrations/delete"])
@pytest.mark.parametrize("token", ["nonsense", f"{UUID(int=1)}.{'A' * 43}"])
async def test_a_link_that_is_not_ours_is_unknown(client: httpx.AsyncClient, path: str, token: str) -> None:
    answer = await client.post(path, json={"token": token})
    assert (answer.status_code, answer.json()["type"]) == (404, "registration-unknown")


@pytest.mark.parametrize("path", ["/v1/registrations/confirm", "/v1/registrations/delete"])
@pytest.mark.parametrize("body", [{}, {"token": 1}, {"token": ""}, {"token": "a\nb"}, {"token": "x" * 300}])
async def test_what_is_no_token_is_named(client: httpx.AsyncClient, path: str, body: dict[str, object]) -> None:
    answer = await client.post(path, json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "#/token"


async def test_one_click_without_a_token_is_refused(client: httpx.AsyncClient) -> None:
    for method in ("POST", "GET"):
        answer = await client.request(method, "/v1/registrations/unsubscribe")
        assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, "token")
        unknown = await client.request(method, "/v1/registrations/unsubscribe", params={"token": "nonsense"})
        assert unknown.status_code == 404


async def test_a_confirmation_after_the_expiry_comes_too_late(
    registrant: Registrant, page: PagePublished, clock: SettableClock, db: Database
) -> None:
    await registrant.register(page)
    (registration,) = await registrant.found()
    clock.set(page.expires_at)
    answer = await registrant.confirm(registration.id)
    assert (answer.status_code, answer.json()["type"]) == (410, "registration-expired")
    assert await told(db, RegistrationConfirmed) == []
