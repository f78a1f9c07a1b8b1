"""An account's address and password, by links that are mailed."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from catalog.http.account import LETTERS_AN_HOUR
from chassis import api
from chassis.lifecycle import Service
from chassis.testing import SettableClock, owed_mails
from sqlalchemy import text

from .actors import PASSWORD, Browser, mailed, signed_in, token_mailed, verified

EMAIL = "ada@example.com"
OTHER_PASSWORD = "another pass phrase"
RESET, COMPLETE = "/v1/password-resets", "/v1/password-resets/complete"


async def me(creator: Browser) -> dict[str, Any]:
    found: dict[str, Any] = (await creator.ask("GET", "/v1/creators/me")).json()
    return found


async def sign_in(browser: Browser, password: str = PASSWORD, email: str = EMAIL) -> int:
    return (await browser.ask("POST", "/v1/sessions", {"email": email, "password": password})).status_code


async def reset_token(service: Service, visitor: Browser) -> str:
    assert (await visitor.ask("POST", RESET, {"email": "ADA@example.com"})).status_code == 202
    return await token_mailed(service, "reset-password")


async def test_the_welcome_verifies_an_address_on_a_press_and_as_often_as_it_is_pressed(
    service: Service, creator: Browser
) -> None:
    assert (await me(creator))["emailVerified"] is False
    token = await token_mailed(service, "welcome")
    assert (await creator.ask("GET", "/account/verify")).status_code == 200
    assert (await me(creator))["emailVerified"] is False
    for _ in range(2):
        answer = await creator.ask("POST", "/v1/email-verifications", {"token": token})
        assert (answer.status_code, answer.json()["email"]) == (200, EMAIL)
    assert (await me(creator))["emailVerified"] is True
    mail = await mailed(service, "welcome")
    assert mail is not None
    assert "#" not in mail.text


async def test_another_mail_to_verify_ends_the_link_of_the_one_before(service: Service, creator: Browser) -> None:
    first = await token_mailed(service, "welcome")
    assert (await creator.ask("POST", "/v1/creators/me/email-verification")).status_code == 202
    second = await token_mailed(service, "verify-email")
    answers = [await creator.ask("POST", "/v1/email-verifications", {"token": token}) for token in (first, second)]
    assert [answer.status_code for answer in answers] == [404, 200]
    await creator.ask("POST", "/v1/creators/me/email-verification")
    assert [kind for kind, _ in await owed_mails(service.db)].count("verify-email") == 1


async def test_a_forgotten_password_is_replaced_once_and_every_session_ends(
    service: Service, creator: Browser, visitor: Browser
) -> None:
    token = await reset_token(service, visitor)
    given = {"token": token, "password": OTHER_PASSWORD}
    assert (await visitor.ask("GET", "/account/password")).status_code == 200
    assert (await visitor.ask("POST", COMPLETE, given)).status_code == 204
    assert [await sign_in(visitor), await sign_in(visitor, OTHER_PASSWORD)] == [401, 200]
    assert (await creator.ask("POST", "/v1/sessions/refresh")).status_code == 401
    again = await visitor.ask("POST", COMPLETE, {**given, "password": "a third pass phrase"})
    assert (again.status_code, again.json()["type"]) == (404, "link-unknown")
    assert (await me(creator))["emailVerified"] is True
    mail = await mailed(service, "password-changed")
    assert mail is not None
    assert mail.recipient == EMAIL


async def test_of_two_who_use_one_reset_link_at_once_one_is_refused(
    service: Service, creator: Browser, visitor: Browser
) -> None:
    token = await reset_token(service, visitor)
    wanted = [{"token": token, "password": f"pass phrase number {number}"} for number in range(2)]
    answers = await asyncio.gather(*(visitor.ask("POST", COMPLETE, one) for one in wanted))
    assert sorted(answer.status_code for answer in answers) == [204, 404]


async def test_a_reset_link_is_good_for_an_hour(
    service: Service, creator: Browser, visitor: Browser, clock: SettableClock
) -> None:
    token = await reset_token(service, visitor)
    clock.advance(timedelta(hours=1))
    late = await visitor.ask("POST", COMPLETE, {"token": token, "password": OTHER_PASSWORD})
    assert (late.status_code, late.json()["type"]) == (410, "link-expired")
    assert await sign_in(visitor) == 200


async def test_a_changed_password_ends_the_links_that_could_change_it(
    service: Service, creator: Browser, visitor: Browser
) -> None:
    token = await reset_token(service, visitor)
    changed = {"password": PASSWORD, "newPassword": OTHER_PASSWORD}
    assert (await creator.ask("POST", "/v1/creators/me/password", changed)).status_code == 204
    late = await visitor.ask("POST", COMPLETE, {"token": token, "password": "a third pass phrase"})
    assert late.status_code == 404
    assert await mailed(service, "reset-password") is None


async def test_a_known_and_an_unknown_address_are_answered_alike_and_in_the_same_time(
    service: Service, creator: Browser, visitor: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    floor = 0.3
    monkeypatch.setattr(api, "FLOOR_SECONDS", floor)
    answers = []
    for email in (EMAIL, "nobody@example.com"):
        began = time.monotonic()
        answers.append(await visitor.ask("POST", RESET, {"email": email}))
        assert time.monotonic() - began >= floor
    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].content == answers[1].content
    assert [kind for kind, _ in await owed_mails(service.db)].count("reset-password") == 1


async def test_resets_of_one_account_are_throttled_whether_it_exists_or_not(creator: Browser, visitor: Browser) -> None:
    for email in (EMAIL, "nobody@example.com"):
        answers = [await visitor.ask("POST", RESET, {"email": email}) for _ in range(LETTERS_AN_HOUR + 1)]
        assert [answer.status_code for answer in answers] == [202] * LETTERS_AN_HOUR + [429]


async def test_an_account_moves_when_the_new_address_confirms_and_the_old_one_is_told(
    service: Service, creator: Browser, visitor: Browser
) -> None:
    new = "countess@example.com"
    wanted = {"email": new, "password": PASSWORD}
    assert (await creator.ask("POST", "/v1/creators/me/email", wanted)).status_code == 202
    asked = await mailed(service, "change-email")
    assert asked is not None
    assert asked.recipient == new
    assert (await me(creator))["email"] == EMAIL
    token = await token_mailed(service, "change-email")
    moved = await visitor.ask("POST", "/v1/email-changes", {"token": token})
    assert (moved.status_code, moved.json()["email"]) == (200, new)
    assert [await sign_in(visitor), await sign_in(visitor, email=new)] == [401, 200]
    assert (await me(creator))["emailVerified"] is True
    told = await mailed(service, "email-changed")
    assert told is not None
    assert (told.recipient, new in told.text) == (EMAIL, False)
    assert (await visitor.ask("POST", "/v1/email-changes", {"token": token})).status_code == 404


async def move_to(service: Service, creator: Browser, email: str) -> None:
    await creator.ask("POST", "/v1/creators/me/email", {"email": email, "password": PASSWORD})
    token = await token_mailed(service, "change-email")
    assert (await creator.ask("POST", "/v1/email-changes", {"token": token})).status_code == 200


async def test_who_moves_twice_leaves_neither_address_untold(service: Service, creator: Browser) -> None:
    for email in ("countess@example.com", "lovelace@example.com"):
        await move_to(service, creator, email)
    async with service.db.reading() as session:
        owed = [about for kind, about in await owed_mails(service.db) if kind == "email-changed"]
        told = [await service.mails["email-changed"](session, about) for about in owed]
    assert [mail.recipient for mail in told if mail] == [EMAIL, "countess@example.com"]


async def test_an_address_that_got_an_account_meanwhile_stays_its_own(
    service: Service, creator: Browser, visit: Callable[[], Browser]
) -> None:
    other = "charles@example.com"
    await creator.ask("POST", "/v1/creators/me/email", {"email": other, "password": PASSWORD})
    token = await token_mailed(service, "change-email")
    await signed_in(visit(), other)
    refused = await creator.ask("POST", "/v1/email-changes", {"token": token})
    assert (refused.status_code, refused.json()["type"]) == (409, "email-taken")
    assert (await me(creator))["email"] == EMAIL


async def test_a_change_of_address_needs_the_password(service: Service, creator: Browser) -> None:
    wrong = {"email": "thief@example.com", "password": "not this one"}
    assert (await creator.ask("POST", "/v1/creators/me/email", wrong)).status_code == 403
    assert await mailed(service, "change-email") is None


async def test_a_token_serves_its_own_purpose_alone(service: Service, creator: Browser, visitor: Browser) -> None:
    token = await token_mailed(service, "welcome")
    for path, more in [("/v1/email-changes", {}), (COMPLETE, {"password": OTHER_PASSWORD})]:
        for wrong in (token, token[:-1] + "x", "no.token", "x"):
            assert (await visitor.ask("POST", path, {"token": wrong, **more})).status_code == 404
    async with service.db.reading() as session:
        rows = (await session.execute(text("SELECT l::text FROM letters l"))).scalars().all()
    assert token.rpartition(".")[2] not in "".join(rows)


async def test_letters_go_when_their_time_is_over_and_with_their_creator(
    service: Service, creator: Browser, clock: SettableClock
) -> None:
    async def letters() -> int:
        async with service.db.reading() as session:
            return int(await session.scalar(text("SELECT count(*) FROM letters")) or 0)

    job = next(job for job in service.jobs if job.name == "prune-accounts")
    await job.run(service.db)
    assert await letters() == 1
    clock.advance(timedelta(days=8))
    await job.run(service.db)
    assert await letters() == 0
    clock.advance(-timedelta(days=8))
    await creator.ask("POST", "/v1/creators/me/email-verification")
    await creator.ask("DELETE", "/v1/creators/me", {"password": PASSWORD})
    assert await letters() == 0
    assert await mailed(service, "welcome") is None


def done_meanwhile(service: Service, monkeypatch: pytest.MonkeyPatch, act: Callable[[], Awaitable[Any]]) -> None:
    """`act` comes between the next verdict on a password and what follows from it."""
    passwords = service.state["passwords"]
    verify = passwords.verify

    async def overtaken(password: str, kept: str | None) -> bool:
        right: bool = await verify(password, kept)
        monkeypatch.setattr(passwords, "verify", verify)
        await act()
        return right

    monkeypatch.setattr(passwords, "verify", overtaken)


BY_THE_OLD_PASSWORD = [
    ("POST", "/v1/creators/me/password", {"password": PASSWORD, "newPassword": "the thief's own"}),
    ("POST", "/v1/creators/me/email", {"password": PASSWORD, "email": "thief@example.com"}),
    ("DELETE", "/v1/creators/me", {"password": PASSWORD}),
    ("POST", "/v1/sessions", {"password": PASSWORD, "email": EMAIL}),
]


@pytest.mark.parametrize(("method", "path", "body"), BY_THE_OLD_PASSWORD)
async def test_a_password_that_is_replaced_while_it_is_compared_does_nothing_more(
    service: Service,
    creator: Browser,
    visitor: Browser,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    path: str,
    body: dict[str, str],
) -> None:
    given = {"token": await reset_token(service, visitor), "password": OTHER_PASSWORD}
    done_meanwhile(service, monkeypatch, lambda: visitor.ask("POST", COMPLETE, given))
    answer = await creator.ask(method, path, body)
    assert answer.status_code == (401 if path == "/v1/sessions" else 403)
    assert await mailed(service, "change-email") is None
    assert (await creator.ask("POST", "/v1/sessions/refresh")).status_code == 401
    assert await sign_in(visitor, OTHER_PASSWORD) == 200


@pytest.mark.parametrize(("method", "path", "body"), BY_THE_OLD_PASSWORD)
async def test_an_account_that_is_erased_while_its_password_is_compared_is_gone(
    service: Service,
    creator: Browser,
    visitor: Browser,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    path: str,
    body: dict[str, str],
) -> None:
    done_meanwhile(service, monkeypatch, lambda: creator.ask("DELETE", "/v1/creators/me", {"password": PASSWORD}))
    answer = await visitor.ask(method, path, body, **creator.headers)
    assert answer.status_code == (401 if path == "/v1/sessions" else 404)
    assert await mailed(service, "change-email") is None
    async with service.db.reading() as session:
        assert await session.scalar(text("SELECT count(*) FROM sessions")) == 0


async def test_who_has_verified_stays_so(service: Service, creator: Browser) -> None:
    await verified(service, creator)
    assert (await me(creator))["version"] == 2
