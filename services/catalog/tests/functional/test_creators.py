"""Registration, and what creators are called."""

import asyncio
from collections.abc import Callable
from uuid import UUID

import pytest
from catalog.settings import CatalogSettings
from chassis.lifecycle import Service
from chassis.testing import owed_mails, told
from contracts.catalog import CreatorRegistered, CreatorUpdated

from .actors import PASSWORD, Browser, signed_in

ADA = {"email": "Ada@Example.com", "password": PASSWORD, "name": " Ada Lovelace "}


async def test_a_creator_registers_is_told_of_and_is_owed_a_welcome(service: Service, visitor: Browser) -> None:
    answer = await visitor.ask("POST", "/v1/creators", ADA)
    assert answer.status_code == 201
    creator = answer.json()
    assert (creator["email"], creator["name"], creator["stripeAccount"]) == ("Ada@example.com", "Ada Lovelace", None)
    [event] = await told(service.db, CreatorRegistered)
    assert (str(event.id), event.name, event.version) == (creator["id"], "Ada Lovelace", 1)
    assert "example.com" not in event.model_dump_json()
    assert await owed_mails(service.db) == [("welcome", UUID(creator["id"]))]


async def test_the_welcome_mail_is_written_to_the_creator(
    service: Service, visitor: Browser, settings: CatalogSettings
) -> None:
    creator = (await visitor.ask("POST", "/v1/creators", ADA)).json()
    async with service.db.reading() as session:
        mail = await service.mails["welcome"](session, UUID(creator["id"]))
    assert mail is not None
    assert mail.recipient == "Ada@example.com"
    assert "Ada Lovelace" in mail.text
    assert settings.public_url in mail.html


async def test_one_address_registers_once_whatever_its_case_and_even_at_once(
    service: Service, visit: Callable[[], Browser]
) -> None:
    spellings = ["ada@example.com", "ADA@example.com", "Ada@EXAMPLE.com"]
    asked = [visit().ask("POST", "/v1/creators", {**ADA, "email": email}) for email in spellings]
    answers = await asyncio.gather(*asked)
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    refused = next(answer.json() for answer in answers if answer.status_code == 409)
    assert (refused["type"], refused["errors"][0]["pointer"]) == ("email-taken", "#/email")
    assert len(await told(service.db, CreatorRegistered)) == 1


async def test_a_registration_sent_twice_under_one_key_is_answered_twice_and_made_once(
    service: Service, visitor: Browser
) -> None:
    first = await visitor.ask("POST", "/v1/creators", ADA, Idempotency_Key="once")
    again = await visitor.ask("POST", "/v1/creators", ADA, Idempotency_Key="once")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert len(await told(service.db, CreatorRegistered)) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "nobody"),
        ("email", 1),
        ("email", "a@b@example.com"),
        ("email", "nul\x00@example.com"),
        ("email", f"{'x' * 250}@example.com"),
        ("password", "short"),
        ("password", "x" * 201),
        ("name", ""),
        ("name", "   "),
        ("name", "two\nlines"),
        ("name", "nul\x00"),
        ("unknown", "x"),
    ],
)
async def test_a_registration_that_cannot_be_accepted_names_its_field(
    visitor: Browser, field: str, value: object
) -> None:
    answer = await visitor.ask("POST", "/v1/creators", {**ADA, field: value})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"][0]["pointer"] == f"#/{field}"


async def test_a_password_keeps_its_blanks(visitor: Browser) -> None:
    await visitor.ask("POST", "/v1/creators", {**ADA, "password": "  eight  "})
    trimmed = await visitor.ask("POST", "/v1/sessions", {"email": ADA["email"], "password": "eight"})
    whole = await visitor.ask("POST", "/v1/sessions", {"email": ADA["email"], "password": "  eight  "})
    assert (trimmed.status_code, whole.status_code) == (401, 200)


async def test_a_creator_changes_their_name_if_they_saw_the_newest(service: Service, creator: Browser) -> None:
    seen = await creator.ask("GET", "/v1/creators/me")
    unsaid = await creator.ask("PATCH", "/v1/creators/me", {"name": "Augusta"})
    changed = await creator.ask("PATCH", "/v1/creators/me", {"name": "Augusta"}, If_Match=seen.headers["etag"])
    stale = await creator.ask("PATCH", "/v1/creators/me", {"name": "Byron"}, If_Match=seen.headers["etag"])
    assert [unsaid.status_code, changed.status_code, stale.status_code] == [428, 200, 412]
    assert changed.json()["name"] == "Augusta"
    [event] = await told(service.db, CreatorUpdated)
    assert (event.name, event.version) == ("Augusta", 2)


async def test_who_is_not_signed_in_is_told_so(visitor: Browser) -> None:
    for method, path in [("GET", "/v1/creators/me"), ("PATCH", "/v1/creators/me"), ("GET", "/v1/products")]:
        answer = await visitor.ask(method, path, {} if method == "PATCH" else None)
        assert (answer.status_code, answer.json()["type"]) == (401, "unauthorized")


async def test_two_creators_are_two(visit: Callable[[], Browser], creator: Browser) -> None:
    other = await signed_in(visit(), "charles@example.com")
    mine, theirs = await creator.ask("GET", "/v1/creators/me"), await other.ask("GET", "/v1/creators/me")
    assert mine.json()["email"] == "ada@example.com"
    assert theirs.json()["email"] == "charles@example.com"
