"""Every route of every gateway, by their OpenAPI documents: who may not use it, and what it does not take."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest
from chassis.testing import PATIENCE
from local_stack import Stack

from .journey import Creator, Inbox, patient, visitor
from .openapi import SERVICES, Operation, operations
from .stocked import one_of_everything

OPERATIONS = list(operations())
OF_CREATORS = [one for one in OPERATIONS if one.needs_sign_in]
OF_SOMEBODY = [one for one in OF_CREATORS if one.parameters("path")]
WITH_BODY = [one for one in OPERATIONS if one.body is not None and "webhooks" not in one.path]
"""A webhook's body is looked at when its signature is right; that has tests of its own."""
WITH_PARAMETERS = [
    one
    for one in OPERATIONS
    if (one.parameters("path") or one.parameters("query")) and not one.path.endswith("{shortId}/events")
]
"""A stream of events that is asked for rightly has no end; it has tests of its own."""
UNREADABLE = {"nothing": b"", "half": b'{"', "list": b"[]", "null": b"null", "text": b'"x"', "deep": b"[" * 100_000}
ODD = ("\x00", "%", "'", "x" * 300, "-1", "٣", "\ud7ff", "../..", "<script>", "0" * 36)
FORGED = "eyJhbGciOiJub25lIn0.eyJzdWIiOiIwMTkzZjBhMC0wMDAwLTcwMDAtODAwMC0wMDAwMDAwMDAwMDEifQ."
Send = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture(scope="session")
async def owner(stack: Stack) -> AsyncIterator[Creator]:
    """Somebody who has one of everything."""
    async with visitor(stack.endpoints["edge"]) as edge:
        yield await Creator.registered(edge)


@pytest.fixture(scope="session")
async def ids(owner: Creator, stack: Stack) -> dict[str, str]:
    """An id of the owner's for each beginning of a path."""
    return await one_of_everything(owner, stack)


KEYS = {scope for one in OF_CREATORS for scope in one.scopes}
"""Every scope that a route names."""


@pytest.fixture(scope="session")
async def keys(owner: Creator, ids: dict[str, str]) -> dict[str, dict[str, str]]:
    """Headers of the owner's keys: by a scope, the key that has every other; under "" one that has all."""
    return {lacking: await owner.api_key(*sorted(KEYS - {lacking})) for lacking in ("", *sorted(KEYS))}


@pytest.fixture(scope="session")
async def foreign_key(stack: Stack) -> dict[str, str]:
    """The header of another creator's key, which has every scope."""
    async with visitor(stack.endpoints["edge"]) as edge:
        other = await Creator.registered(edge)
        await other.verify(Inbox(stack.endpoints["mail"]))
        return await other.api_key(*sorted(KEYS))


@pytest.fixture
def send(stack: Stack) -> Send:
    """One request through the edge, from an address that has spent nothing yet."""

    async def ask(operation: Operation, path: str, **request: Any) -> httpx.Response:
        async with visitor(stack.endpoints["edge"]) as client:
            return await client.request(operation.method, f"/api/{operation.service}{path}", **request)

    return ask


def path_with(operation: Operation, value: str) -> str:
    """The operation's path, `value` for each of its parameters."""
    path = operation.path
    for name in operation.parameters("path"):
        path = path.replace("{" + name + "}", value)
    return path


def path_of(operation: Operation, ids: dict[str, str]) -> str:
    """The operation's path to what the owner has."""
    known = [found for start, found in ids.items() if operation.path.startswith(start)]
    return path_with(operation, known[0] if known else "0" * 10)


def problem(response: httpx.Response) -> Any:
    """The problem document that the response is."""
    assert 400 <= response.status_code < 500, f"{response.status_code} {response.text[:300]}"
    assert response.status_code != 429, "throttled: the test proves nothing"
    assert response.headers["content-type"].startswith("application/problem+json"), response.text[:300]
    document = response.json()
    assert document["status"] == response.status_code
    assert document["type"]
    assert document["title"]
    assert document["requestId"] == response.headers["x-request-id"]
    return document


def named(document: Any) -> set[str]:
    """The first part of every pointer, or the parameter's name."""
    return {
        error.get("parameter") or error["pointer"].removeprefix("#").lstrip("/").split("/")[0]
        for error in document.get("errors", ())
    }


def wrong_values(name: str, schema: dict[str, Any]) -> list[Any]:
    """What a field cannot be."""
    wrong: list[Any] = [[[]], {"$ne": 1}]
    if schema.get("type") in {"integer", "number"}:
        wrong += ["many", 1e400, -(10**30)]
    elif schema.get("type") == "string":
        wrong += [1] if name == "password" else [1, "\x00"]
    elif schema.get("type") == "boolean":
        wrong += ["perhaps"]
    return [value for value in wrong if not (schema.get("type") == "object" and isinstance(value, dict))]


@pytest.mark.parametrize("operation", OF_CREATORS, ids=str)
async def test_a_stranger_is_asked_to_sign_in(operation: Operation, ids: dict[str, str], send: Send) -> None:
    for headers in ({}, {"Authorization": "Bearer x"}, {"Authorization": f"Bearer {FORGED}"}):
        body = {"json": operation.example(operation.body)} if operation.body else {}
        answer = await send(operation, path_of(operation, ids), headers=headers, **body)
        assert (answer.status_code, problem(answer)["type"]) == (401, "unauthorized")
        assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("operation", OF_SOMEBODY, ids=str)
async def test_another_creators_thing_is_not_there(
    operation: Operation, ids: dict[str, str], send: Send, creator: Creator
) -> None:
    assert any(operation.path.startswith(start) for start in ids), f"give {operation} an id of the owner's"
    body = {"json": operation.example(operation.body)} if operation.body else {}
    headers = {**creator.headers, "If-Match": "*"}
    theirs = await send(operation, path_of(operation, ids), headers=headers, **body)
    nobodys = await send(operation, path_with(operation, str(uuid4())), headers=headers, **body)
    hidden = {"requestId", "instance"}
    assert [theirs.status_code, nobodys.status_code] == [404, 404]
    assert {name: value for name, value in problem(theirs).items() if name not in hidden} == {
        name: value for name, value in problem(nobodys).items() if name not in hidden
    }


@pytest.mark.parametrize("operation", OF_CREATORS, ids=str)
async def test_a_key_is_refused_where_its_scopes_do_not_reach(
    operation: Operation, ids: dict[str, str], keys: dict[str, dict[str, str]], send: Send
) -> None:
    lacking = operation.scopes[0] if operation.scopes else ""
    headers = {**keys[lacking], "If-Match": "*"}
    body = {"json": operation.example(operation.body)} if operation.body else {}
    answer = await patient(lambda: send(operation, path_of(operation, ids), headers=headers, **body))
    expected = "insufficient-scope" if operation.scopes else "not-for-api-keys"
    assert (answer.status_code, problem(answer)["type"]) == (403, expected)


@pytest.mark.parametrize("operation", [one for one in OF_SOMEBODY if one.scopes], ids=str)
async def test_to_another_creators_key_a_thing_is_not_there(
    operation: Operation, ids: dict[str, str], foreign_key: dict[str, str], send: Send
) -> None:
    body = {"json": operation.example(operation.body)} if operation.body else {}
    headers = {**foreign_key, "If-Match": "*"}
    answer = await patient(lambda: send(operation, path_of(operation, ids), headers=headers, **body))
    assert (answer.status_code, problem(answer)["type"]) == (404, "not-found")


@pytest.mark.parametrize("operation", [one for one in OF_CREATORS if one.scopes and one.method == "get"], ids=str)
async def test_a_key_with_the_scope_is_let_in(
    operation: Operation, ids: dict[str, str], keys: dict[str, dict[str, str]], send: Send
) -> None:
    query = {**operation.needed(), **({"orderId": ids["/v1/orders/"]} if "orderId" in operation.needed() else {})}
    answer = await patient(lambda: send(operation, path_of(operation, ids), params=query, headers=keys[""]))
    assert answer.status_code == 200, answer.text[:300]


@pytest.mark.parametrize("operation", WITH_BODY, ids=str)
async def test_a_body_that_is_no_such_object_is_refused(
    operation: Operation, ids: dict[str, str], send: Send, owner: Creator
) -> None:
    headers = {**owner.headers, "If-Match": "*", "Content-Type": "application/json"}
    for kind, content in UNREADABLE.items():
        if kind in {"nothing", "null"} and not operation.description["requestBody"].get("required"):
            continue
        answer = await send(operation, path_of(operation, ids), headers=headers, content=content)
        assert problem(answer)["status"] in {400, 422}, kind
    answer = await send(operation, path_of(operation, ids), headers=headers, content=b'{"unheardOf": 1}')
    assert "unheardOf" in named(problem(answer))


@pytest.mark.parametrize("operation", WITH_BODY, ids=str)
async def test_a_field_that_cannot_be_accepted_is_named(
    operation: Operation, ids: dict[str, str], send: Send, owner: Creator
) -> None:
    assert operation.body is not None
    whole = operation.example(operation.body)
    headers = {**owner.headers, "If-Match": "*", "Content-Type": "application/json"}
    for name, schema in operation.fields().items():
        for value in wrong_values(name, schema):
            content = json.dumps({**whole, name: value}).replace("Infinity", "1e400")
            answer = await send(operation, path_of(operation, ids), headers=headers, content=content)
            assert name in named(problem(answer)), f"{name}: {value!r}: {answer.text}"
    for name in operation.body.get("required", ()):
        lacking = {one: value for one, value in whole.items() if one != name}
        answer = await send(operation, path_of(operation, ids), headers=headers, json=lacking)
        assert name in named(problem(answer)), f"without {name}: {answer.text}"


@pytest.mark.parametrize("operation", WITH_PARAMETERS, ids=str)
async def test_an_odd_parameter_is_refused_or_finds_nothing(
    operation: Operation, ids: dict[str, str], send: Send, owner: Creator
) -> None:
    body = {"json": operation.example(operation.body)} if operation.body else {}
    headers = {**owner.headers, "If-Match": "*"}
    for odd in ODD:
        for name in operation.parameters("path"):
            path = operation.path.replace("{" + name + "}", httpx.QueryParams({"": odd}).__str__()[1:])
            answer = await send(operation, path_with(operation, "x") if "{" in path else path, headers=headers, **body)
            assert answer.status_code < 500, f"{name}={odd!r}: {answer.text[:300]}"
        for name in operation.parameters("query"):
            answer = await send(
                operation, path_of(operation, ids), params={**operation.needed(), name: odd}, headers=headers, **body
            )
            assert answer.status_code < 500 or answer.status_code == 501, f"{name}={odd!r}: {answer.text[:300]}"
            if answer.status_code == 422:
                assert name in named(problem(answer))


@pytest.mark.parametrize("operation", OF_CREATORS, ids=str)
async def test_a_method_that_a_path_does_not_have_is_a_problem(operation: Operation, send: Send) -> None:
    there = {one.method.upper() for one in OPERATIONS if (one.service, one.path) == (operation.service, operation.path)}
    method = next(method for method in ("put", "patch", "delete") if method.upper() not in there)
    wrong = Operation(operation.service, method, operation.path, operation.description, operation.schemas)
    answer = await send(wrong, path_with(wrong, str(uuid4())))
    assert problem(answer)["status"] == 405
    assert set(answer.headers["allow"].split(", ")) == there | ({"HEAD"} if "GET" in there else set())


@pytest.mark.parametrize("service", SERVICES)
async def test_a_processs_figures_are_not_for_the_public(stack: Stack, edge: httpx.AsyncClient, service: str) -> None:
    assert (await edge.get(f"/api/{service}/metrics")).status_code == 404
    async with httpx.AsyncClient(base_url=stack.endpoints[service], timeout=PATIENCE) as operator:
        assert "process_cpu_seconds_total" in (await operator.get("/metrics")).text
