"""Signing in, staying signed in, signing out, and the keys that tokens bear."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
from catalog.http.sessions import COOKIE, TRIES_OF_ACCOUNT
from catalog.passwords import Argon2Passwords
from chassis.auth import ALGORITHM
from chassis.lifecycle import Service
from chassis.testing import SettableClock
from joserfc import jwt
from joserfc.jwk import KeySet
from sqlalchemy import text

from .actors import PASSWORD, Browser

SIGN_IN = {"email": "ada@example.com", "password": PASSWORD}


async def test_a_sign_in_gives_a_token_that_is_good_for_a_quarter_of_an_hour(
    creator: Browser, clock: SettableClock
) -> None:
    assert (await creator.ask("GET", "/v1/creators/me")).status_code == 200
    clock.advance(timedelta(minutes=16))
    assert (await creator.ask("GET", "/v1/creators/me")).status_code == 401


async def test_the_token_can_be_checked_with_the_published_keys_alone(creator: Browser, visitor: Browser) -> None:
    answer = await visitor.ask("GET", "/.well-known/jwks.json")
    assert "max-age" in answer.headers["cache-control"]
    [key] = answer.json()["keys"]
    assert "d" not in key
    token = jwt.decode(
        creator.headers["Authorization"].removeprefix("Bearer "),
        KeySet.import_key_set(answer.json()),
        algorithms=[ALGORITHM],
    )
    me = (await creator.ask("GET", "/v1/creators/me")).json()
    assert token.header["kid"] == key["kid"]
    assert (token.claims["sub"], token.claims["iss"], token.claims["aud"]) == (
        me["id"],
        "tempages-catalog",
        "tempages",
    )


async def test_the_refresh_cookie_is_kept_from_scripts_other_sites_and_plain_http(creator: Browser) -> None:
    answer = await creator.ask("POST", "/v1/sessions", SIGN_IN)
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    for attribute in ("Secure", "HttpOnly", "SameSite=strict", "Path=/"):
        assert attribute in cookie
    assert "Domain" not in cookie
    assert answer.headers["cache-control"] == "no-store"


async def test_a_wrong_password_and_an_unknown_address_are_answered_alike(creator: Browser) -> None:
    wrong = await creator.ask("POST", "/v1/sessions", {**SIGN_IN, "password": "not this one"})
    unknown = await creator.ask("POST", "/v1/sessions", {**SIGN_IN, "email": "nobody@example.com"})
    assert wrong.status_code == unknown.status_code == 401
    same = ("type", "title", "status", "instance")
    assert [wrong.json()[name] for name in same] == [unknown.json()[name] for name in same]


async def test_an_unknown_account_costs_the_same_work_as_a_known_one(monkeypatch: pytest.MonkeyPatch) -> None:
    passwords = Argon2Passwords()
    hashed: list[str] = []
    verify = passwords._hasher.verify

    def watched(password: str, kept: str) -> bool:
        hashed.append(kept)
        return verify(password, kept)

    monkeypatch.setattr(passwords._hasher, "verify", watched)
    kept = await passwords.hash(PASSWORD)
    assert await passwords.verify(PASSWORD, kept)
    assert not await passwords.verify(PASSWORD, None)
    parameters = [entry.rsplit("$", 2)[0] for entry in hashed]
    assert parameters[0] == parameters[1] == "$argon2id$v=19$m=19456,t=2,p=1"


async def test_sign_ins_of_one_account_are_throttled_whether_it_exists_or_not(creator: Browser) -> None:
    for email in ("nobody@example.com", "Ada@example.com"):
        tries = [
            await creator.ask("POST", "/v1/sessions", {**SIGN_IN, "email": email}) for _ in range(TRIES_OF_ACCOUNT + 1)
        ]
        assert tries[-1].status_code == 429
        assert int(tries[-1].headers["retry-after"]) > 0


async def test_an_address_has_one_lower_case_for_the_throttle_and_the_look_up(
    visitor: Browser, service: Service
) -> None:
    """Where a database makes an `i` of a Turkish capital, each spelling would have tries of its own."""
    account = {"email": "idil@example.com", "password": SIGN_IN["password"], "name": "Idil"}
    assert (await visitor.ask("POST", "/v1/creators", account)).status_code == 201
    tried = {"email": "\u0130dil@example.com", "password": SIGN_IN["password"]}
    assert (await visitor.ask("POST", "/v1/sessions", tried)).status_code == 401


async def test_who_registered_under_a_name_in_another_script_signs_in_as_they_type_it(visitor: Browser) -> None:
    account = {"email": "Grace@MÜNCHEN.de", "password": PASSWORD, "name": "Grace"}
    registered = await visitor.ask("POST", "/v1/creators", account)
    assert registered.json()["email"] == "Grace@xn--mnchen-3ya.de"
    for typed in ("Grace@MÜNCHEN.de", "grace@münchen.de", "Grace@xn--mnchen-3ya.de"):
        assert (await visitor.ask("POST", "/v1/sessions", {"email": typed, "password": PASSWORD})).status_code == 200


async def test_tries_are_counted_together_however_an_address_is_written(visitor: Browser) -> None:
    written = ["nobody@münchen.de", "nobody@xn--mnchen-3ya.de"] * TRIES_OF_ACCOUNT
    tries = [await visitor.ask("POST", "/v1/sessions", {**SIGN_IN, "email": email}) for email in written]
    assert [answer.status_code for answer in tries[: TRIES_OF_ACCOUNT + 1]] == [401] * TRIES_OF_ACCOUNT + [429]


@pytest.mark.parametrize(
    ("field", "value"), [("email", ""), ("email", "nul\x00"), ("password", ""), ("remember", True)]
)
async def test_a_sign_in_that_cannot_be_accepted_names_its_field(visitor: Browser, field: str, value: object) -> None:
    answer = await visitor.ask("POST", "/v1/sessions", {**SIGN_IN, field: value})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, f"#/{field}")


async def test_each_refresh_gives_a_new_cookie_and_token(creator: Browser) -> None:
    first = creator.http.cookies[COOKIE]
    answer = await creator.ask("POST", "/v1/sessions/refresh")
    assert answer.status_code == 200
    assert creator.http.cookies[COOKIE] != first
    token = {"Authorization": f"Bearer {answer.json()['accessToken']}"}
    assert (await creator.http.get("/v1/creators/me", headers=token)).status_code == 200
    assert (await creator.ask("POST", "/v1/sessions/refresh")).status_code == 200


async def _refresh(service: Service, cookie: str) -> httpx.Response:
    transport = httpx.ASGITransport(app=service.app())
    async with httpx.AsyncClient(
        transport=transport, base_url="https://catalog.test", cookies={COOKIE: cookie}
    ) as http:
        return await http.post("/v1/sessions/refresh")


async def test_a_refresh_cookie_that_comes_back_ends_the_session_for_all(service: Service, creator: Browser) -> None:
    stolen = creator.http.cookies[COOKIE]
    await creator.ask("POST", "/v1/sessions/refresh")
    assert (await _refresh(service, stolen)).status_code == 401
    answer = await creator.ask("POST", "/v1/sessions/refresh")
    assert (answer.status_code, answer.json()["type"]) == (401, "session-ended")
    async with service.db.reading() as session:
        kinds = (await session.execute(text("SELECT kind FROM security_log ORDER BY at, id"))).scalars().all()
    assert kinds[-1] == "session-ended:refresh-token-reused"


async def test_of_two_refreshes_at_once_with_one_cookie_one_is_refused(service: Service, creator: Browser) -> None:
    cookie = creator.http.cookies[COOKIE]
    answers = await asyncio.gather(_refresh(service, cookie), _refresh(service, cookie))
    assert sorted(answer.status_code for answer in answers) == [200, 401]


async def test_other_sessions_of_the_creator_go_on(creator: Browser, visit: Callable[[], Browser]) -> None:
    elsewhere = visit()
    await elsewhere.ask("POST", "/v1/sessions", SIGN_IN)
    assert (await creator.ask("DELETE", "/v1/sessions")).status_code == 204
    assert (await creator.ask("POST", "/v1/sessions/refresh")).status_code == 401
    assert (await elsewhere.ask("POST", "/v1/sessions/refresh")).status_code == 200


async def test_signing_out_ends_the_session_at_the_server_too(service: Service, creator: Browser) -> None:
    kept = creator.http.cookies[COOKIE]
    answer = await creator.ask("DELETE", "/v1/sessions")
    assert COOKIE not in creator.http.cookies
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert (await _refresh(service, kept)).status_code == 401
    assert (await creator.ask("DELETE", "/v1/sessions")).status_code == 204


async def test_a_session_ends_a_month_after_it_was_last_refreshed(creator: Browser, clock: SettableClock) -> None:
    clock.advance(timedelta(days=29))
    assert (await creator.ask("POST", "/v1/sessions/refresh")).status_code == 200
    clock.advance(timedelta(days=31))
    assert (await creator.ask("POST", "/v1/sessions/refresh")).status_code == 401


async def test_nothing_secret_is_stored_as_it_is(service: Service, creator: Browser) -> None:
    async with service.db.reading() as session:
        hashes = (await session.execute(text("SELECT token_hash FROM refresh_tokens"))).scalars().all()
        [kept] = (await session.execute(text("SELECT password_hash FROM creators"))).scalars().all()
    assert creator.http.cookies[COOKIE] not in hashes
    assert kept.startswith("$argon2id$")
    assert PASSWORD not in kept


async def test_signing_out_everywhere_ends_every_session(creator: Browser, visit: Callable[[], Browser]) -> None:
    elsewhere = visit()
    assert (await elsewhere.ask("POST", "/v1/sessions", SIGN_IN)).status_code == 200
    assert (await creator.ask("DELETE", "/v1/creators/me/sessions")).status_code == 204
    for browser in (creator, elsewhere):
        assert (await browser.ask("POST", "/v1/sessions/refresh")).status_code == 401


async def test_a_changed_password_alone_signs_in_and_ends_the_sessions_of_the_old(creator: Browser) -> None:
    changed = {"password": PASSWORD, "newPassword": " another pass phrase "}
    assert (await creator.ask("POST", "/v1/creators/me/password", changed)).status_code == 204
    assert (await creator.ask("POST", "/v1/sessions/refresh")).status_code == 401
    tried = [PASSWORD, "another pass phrase", " another pass phrase "]
    answers = [await creator.ask("POST", "/v1/sessions", {**SIGN_IN, "password": one}) for one in tried]
    assert [answer.status_code for answer in answers] == [401, 401, 200]


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        ({"password": "not this", "newPassword": "long enough"}, 403, "#/password"),
        ({"password": PASSWORD, "newPassword": "short"}, 422, "#/newPassword"),
        ({"password": PASSWORD}, 422, "#/newPassword"),
    ],
)
async def test_a_password_that_cannot_be_changed_says_why(
    creator: Browser, body: dict[str, str], status: int, pointer: str
) -> None:
    answer = await creator.ask("POST", "/v1/creators/me/password", body)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (status, pointer)
