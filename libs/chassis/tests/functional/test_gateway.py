"""What every gateway shares: problem documents, idempotency, cursors, ETags, access tokens, safe headers."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Annotated, Any

import httpx
import pytest
from chassis import telemetry
from chassis.api import (
    IdempotentRoute,
    IfMatch,
    InTransaction,
    Listing,
    RequestModel,
    WholeBodyRoute,
    WithDatabase,
    require_match,
)
from chassis.auth import SignedIn
from chassis.clock import new_id
from chassis.db import Database
from chassis.errors import Invalid
from chassis.gateway import create_app
from chassis.middleware import MAX_BODY_BYTES, MAX_HEADER_BYTES
from chassis.testing import TEST_KEYS, sign_in, told
from fastapi import APIRouter, FastAPI, Form, Query, Request, Response
from fastapi.responses import StreamingResponse
from fastapi.routing import APIRoute
from sqlalchemy import text
from starlette.types import Message, Scope

from .example_events import ThingMade


class NewThing(RequestModel):
    display_name: str
    size: int = 1


async def make_thing(thing: NewThing, tx: InTransaction) -> dict[str, str]:
    if thing.display_name == "forbidden":
        raise Invalid("#/displayName", "This name is taken.")
    event = ThingMade(id=new_id(), version=1, name=thing.display_name)
    tx.publish(event)
    return {"id": str(event.id)}


async def pieces() -> AsyncIterator[str]:
    """Two that are there at once, and no end."""
    yield "first"
    yield "second"
    await asyncio.Event().wait()


async def endless() -> StreamingResponse:
    return StreamingResponse(pieces())


def forms(route: type[APIRoute]) -> APIRouter:
    """Routes that take something else than JSON."""
    router = APIRouter(route_class=route)

    @router.post("/things/by-form", status_code=201)
    async def make_by_form(thing: Annotated[NewThing, Form()], tx: InTransaction) -> dict[str, str]:
        return await make_thing(thing, tx)

    @router.post("/things/by-page", status_code=201)
    async def make_by_page(thing: Annotated[NewThing, Form()], tx: InTransaction, answer: Response) -> dict[str, str]:
        try:
            return await make_thing(thing, tx)
        except Invalid:
            answer.status_code = 422
            return {"typed": thing.display_name}

    @router.post("/signed")
    async def hear(request: Request) -> None:
        await request.body()

    return router


def routes(route: type[APIRoute]) -> APIRouter:
    router = APIRouter(route_class=route)
    router.post("/things", status_code=201)(make_thing)
    router.get("/endless")(endless)

    @router.post("/looked-up")
    async def look_up(db: WithDatabase) -> dict[str, bool]:
        async with db.reading() as session:
            return {"found": await session.scalar(text("SELECT true"))}

    @router.get("/me")
    async def me(principal: SignedIn) -> dict[str, str]:
        return {"id": str(principal.creator_id)}

    @router.get("/listed")
    async def listed(listing: Listing, size: Annotated[int, Query(ge=1)] = 1) -> dict[str, Any]:
        return {"limit": listing.limit, "before": listing.before}

    @router.patch("/things")
    async def change(thing: NewThing, if_match: IfMatch = None) -> dict[str, str]:
        require_match(if_match, 3)
        return {}

    @router.get("/broken")
    async def broken() -> None:
        raise RuntimeError("SELECT secret FROM users")

    return router


def app_of(db: Database, route: type[APIRoute] = IdempotentRoute) -> FastAPI:
    app = create_app("example", "1", [routes(route), forms(route)], {}, dict)
    app.state.db, app.state.keys = db, TEST_KEYS
    return app


@asynccontextmanager
async def gateway(db: Database, *, strict: bool = False) -> AsyncIterator[httpx.AsyncClient]:
    """`strict`: what the app raises, or sends after its answer is complete, is raised."""
    transport = httpx.ASGITransport(app=app_of(db), raise_app_exceptions=strict)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as opened:
        yield opened


@pytest.fixture
async def client(db: Database) -> AsyncIterator[httpx.AsyncClient]:
    async with gateway(db) as opened:
        yield opened


def problem(response: httpx.Response, status: int, slug: str) -> dict[str, Any]:
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert (body["type"], body["status"]) == (slug, status)
    assert body["requestId"] == response.headers["x-request-id"]
    return body


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "#/displayName"),
        ({"displayName": "x", "size": "large"}, "#/size"),
        ({"displayName": "x", "colour": "red"}, "#/colour"),
        ({"displayName": "forbidden"}, "#/displayName"),
        ([], "#"),
    ],
)
async def test_bad_input_names_the_field(client: httpx.AsyncClient, body: Any, pointer: str) -> None:
    found = problem(await client.post("/things", json=body), 422, "validation")
    assert [error["pointer"] for error in found["errors"]] == [pointer]


async def test_a_body_that_is_not_json_is_told_so(client: httpx.AsyncClient) -> None:
    response = await client.post("/things", content=b"{", headers={"Content-Type": "application/json"})
    assert problem(response, 422, "validation")["errors"][0]["pointer"] == "#"


async def test_a_bad_parameter_is_named(client: httpx.AsyncClient) -> None:
    found = problem(await client.get("/listed", params={"limit": 0}), 422, "validation")
    assert found["errors"][0]["parameter"] == "limit"
    found = problem(await client.get("/listed", params={"cursor": "!"}), 422, "validation")
    assert found["errors"][0]["parameter"] == "cursor"


async def test_an_unexpected_error_says_nothing_of_its_inside(client: httpx.AsyncClient) -> None:
    response = await client.get("/broken")
    problem(response, 500, "internal")
    assert "SELECT" not in response.text


async def test_while_the_database_is_away_the_answer_is_to_ask_again() -> None:
    away = Database("postgresql://nobody@127.0.0.1:1/none", "example")
    async with gateway(away) as client:
        response = await client.post("/things", json={"displayName": "x"})
    problem(response, 503, "unavailable")
    assert response.headers["retry-after"] == "1"


@asynccontextmanager
async def refusing_database(sqlstate: str) -> AsyncIterator[str]:
    """The URL of a server that ends every connection with `sqlstate`. Source: PostgreSQL, Message Formats."""
    fields = f"SFATAL\0C{sqlstate}\0Mnot now\0\0".encode()

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1024)
        writer.write(b"E" + (len(fields) + 4).to_bytes(4, "big") + fields)
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
        yield f"postgresql://nobody@127.0.0.1:{server.sockets[0].getsockname()[1]}/none?ssl=disable"


@pytest.mark.parametrize("sqlstate", ["57P03", "53300", "57P01", "08004"])
async def test_while_the_database_starts_or_is_full_the_answer_is_to_ask_again(sqlstate: str) -> None:
    async with refusing_database(sqlstate) as url, gateway(Database(url, "example")) as client:
        problem(await client.post("/things", json={"displayName": "x"}), 503, "unavailable")


async def test_a_database_that_knows_nobody_of_that_name_is_an_error_of_ours() -> None:
    async with refusing_database("28P01") as url, gateway(Database(url, "example")) as client:
        problem(await client.post("/things", json={"displayName": "x"}), 500, "internal")


async def test_an_unknown_address_and_a_wrong_method_are_problems(client: httpx.AsyncClient) -> None:
    problem(await client.get("/nowhere"), 404, "not-found")
    wrong = await client.put("/things")
    problem(wrong, 405, "method-not-allowed")
    assert wrong.headers["allow"] == "PATCH, POST"


async def test_bytes_that_are_no_text_are_named_as_a_bad_body(client: httpx.AsyncClient) -> None:
    answer = await client.post("/things", content=b"\xff\xfe", headers={"Content-Type": "application/json"})
    assert problem(answer, 422, "validation")["errors"][0]["pointer"] == "#"


async def test_a_body_over_the_cap_is_refused(client: httpx.AsyncClient) -> None:
    response = await client.post("/things", content=b" " * (MAX_BODY_BYTES + 1))
    problem(response, 413, "too-large")


@pytest.mark.parametrize(
    ("route", "path", "headers"),
    [
        (WholeBodyRoute, "/things", []),
        (IdempotentRoute, "/things", [(b"idempotency-key", b"k")]),
        (IdempotentRoute, "/signed", []),
    ],
)
async def test_who_goes_away_before_the_body_is_whole_is_no_error_of_ours(
    db: Database,
    capsys: pytest.CaptureFixture[str],
    route: type[APIRoute],
    path: str,
    headers: list[tuple[bytes, bytes]],
) -> None:
    begun, gone = {"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}
    heard: list[Message] = [gone, begun]
    sent: list[Message] = []

    async def receive() -> Message:
        return heard.pop()

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Scope = {"type": "http", "method": "POST", "path": path, "query_string": b"", "headers": headers}
    telemetry.configure_logs("test", "info")
    await app_of(db, route)(scope, receive, send)
    telemetry.configure_logs("test", "warning")
    assert sent[0]["status"] == 400
    assert "request failed" not in capsys.readouterr().out


async def test_headers_over_their_cap_are_refused(client: httpx.AsyncClient) -> None:
    response = await client.get("/health/live", headers={"X-Long": "x" * MAX_HEADER_BYTES})
    problem(response, 431, "headers-too-large")
    problem(await client.get("/health/live", params={"x": "x" * MAX_HEADER_BYTES}), 431, "headers-too-large")


async def test_a_path_that_almost_fits_leads_nowhere(client: httpx.AsyncClient) -> None:
    """A redirect would be to the host that the caller names."""
    response = await client.get("/health/live/", headers={"Host": "evil.example"})
    problem(response, 404, "not-found")
    assert "location" not in response.headers


async def test_a_request_asked_twice_under_one_key_takes_effect_once(client: httpx.AsyncClient, db: Database) -> None:
    headers = {"Idempotency-Key": new_id().hex}
    first, second = [await client.post("/things", json={"displayName": "x"}, headers=headers) for _ in range(2)]
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert second.headers["idempotent-replayed"] == "true"
    assert len(await told(db, ThingMade)) == 1


async def test_a_key_is_the_creators_whatever_access_token_they_hold_by_then(
    client: httpx.AsyncClient, db: Database
) -> None:
    creator, key = new_id(), {"Idempotency-Key": new_id().hex}
    tokens = [sign_in(who, lives=timedelta(hours=hours)) for who, hours in ((creator, 1), (creator, 2), (new_id(), 1))]
    tokens[1] = {name: value.replace("Bearer", "bearer") for name, value in tokens[1].items()}  # RFC 9110, 11.1
    asked = [await client.post("/things", json={"displayName": "x"}, headers={**key, **token}) for token in tokens]
    first, again, foreign = (answer.json()["id"] for answer in asked)
    assert first == again != foreign
    assert len(await told(db, ThingMade)) == 2


async def test_a_key_used_for_another_request_is_refused(client: httpx.AsyncClient) -> None:
    headers = {"Idempotency-Key": new_id().hex}
    await client.post("/things", json={"displayName": "x"}, headers=headers)
    response = await client.post("/things", json={"displayName": "y"}, headers=headers)
    problem(response, 422, "idempotency-key-reused")


async def test_requests_at_once_under_one_key_take_effect_once(client: httpx.AsyncClient, db: Database) -> None:
    headers = {"Idempotency-Key": new_id().hex}
    asked = [client.post("/things", json={"displayName": "x"}, headers=headers) for _ in range(8)]
    answers = await asyncio.gather(*asked)
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert all(answer.headers["retry-after"] == "1" for answer in answers if answer.status_code == 409)
    assert len(await told(db, ThingMade)) == 1


async def test_a_form_takes_effect_once_under_its_key(client: httpx.AsyncClient, db: Database) -> None:
    headers = {"Idempotency-Key": new_id().hex}
    first, second = [await client.post("/things/by-form", data={"displayName": "x"}, headers=headers) for _ in "12"]
    assert first.status_code == 201
    assert first.json() == second.json()
    response = await client.post("/things/by-form", data={"displayName": "y"}, headers=headers)
    problem(response, 422, "idempotency-key-reused")
    assert len(await told(db, ThingMade)) == 1


async def test_requests_that_hold_one_connection_do_not_wait_for_each_others_second(client: httpx.AsyncClient) -> None:
    asked = [client.post("/looked-up", headers={"Idempotency-Key": new_id().hex}) for _ in range(40)]
    assert {answer.status_code for answer in await asyncio.gather(*asked)} == {200}


async def test_a_refused_request_may_be_mended_under_its_key(client: httpx.AsyncClient, db: Database) -> None:
    headers = {"Idempotency-Key": new_id().hex}
    assert (await client.post("/things", json={"displayName": "forbidden"}, headers=headers)).status_code == 422
    assert (await client.post("/things", json={"displayName": "free"}, headers=headers)).status_code == 201


async def test_a_refusal_that_is_a_page_is_kept_no_more_than_any_other(client: httpx.AsyncClient, db: Database) -> None:
    headers = {"Idempotency-Key": new_id().hex}
    refused = await client.post("/things/by-page", data={"displayName": "forbidden"}, headers=headers)
    assert (refused.status_code, refused.json()) == (422, {"typed": "forbidden"})
    async with db.reading() as session:
        assert await session.scalar(text("SELECT count(*) FROM idempotency_keys")) == 0
    mended = await client.post("/things/by-page", data={"displayName": "free"}, headers=headers)
    assert mended.status_code == 201


async def test_a_change_must_name_the_version_it_changes(client: httpx.AsyncClient) -> None:
    thing = {"displayName": "x"}
    problem(await client.patch("/things", json=thing), 428, "if-match-required")
    stale = await client.patch("/things", json=thing, headers={"If-Match": '"2"'})
    problem(stale, 412, "stale")
    assert stale.headers["etag"] == '"3"'
    for tag in ('"3"', "*", '"2", "3"', 'W/"3"', '"3-gzip"', '"3-zstd"'):
        assert (await client.patch("/things", json=thing, headers={"If-Match": tag})).status_code == 200


async def test_a_creator_is_known_by_the_access_token(client: httpx.AsyncClient) -> None:
    creator = new_id()
    assert (await client.get("/me", headers=sign_in(creator))).json() == {"id": str(creator)}


@pytest.mark.parametrize("authorization", [None, "Bearer nonsense", "Basic eDp5", "Bearer a.b.c"])
async def test_without_a_valid_token_nobody_is_signed_in(client: httpx.AsyncClient, authorization: str | None) -> None:
    headers = {"Authorization": authorization} if authorization else {}
    response = await client.get("/me", headers=headers)
    problem(response, 401, "unauthorized")
    assert response.headers["www-authenticate"] == "Bearer"


async def test_an_expired_token_is_refused(client: httpx.AsyncClient) -> None:
    problem(await client.get("/me", headers=sign_in(new_id(), lives=timedelta(minutes=-1))), 401, "unauthorized")


async def test_every_answer_bears_safe_headers(client: httpx.AsyncClient) -> None:
    response = await client.get("/health/live", headers={"X-Request-Id": "from-outside-1"})
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "no-referrer"
    assert response.headers["content-security-policy"].startswith("default-src 'none'")
    assert response.headers["x-request-id"] == "from-outside-1"


async def test_head_is_get_without_the_content(client: httpx.AsyncClient) -> None:
    got, head = [await client.request(method, "/health/live") for method in ("GET", "HEAD")]
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == got.headers["content-length"]
    assert (await client.head("/nowhere")).status_code == 404


async def test_head_is_answered_once_however_many_pieces_the_content_has(db: Database) -> None:
    async with gateway(db, strict=True) as client:
        head = await client.head("/endless")
    assert (head.status_code, head.content) == (200, b"")


async def test_the_interface_can_be_read_with_nothing_from_elsewhere(client: httpx.AsyncClient) -> None:
    page = await client.get("/docs")
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert loaded
    for address in loaded:
        assert "//" not in address
        assert (await client.get(f"/{address}")).status_code == 200, address
    assert "script-src 'self';" in page.headers["content-security-policy"]
    assert "unsafe" not in page.headers["content-security-policy"]
