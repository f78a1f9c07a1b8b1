"""The laws of the house that no linter knows."""

import ast
import json
import re
from collections.abc import Callable, Iterator
from importlib import import_module
from inspect import isasyncgenfunction, iscoroutinefunction
from pathlib import Path
from statistics import quantiles
from typing import Any

import pytest
from chassis import tables
from chassis.api import transaction
from chassis.lifecycle import Service
from contracts import Event
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from tempages.read_models import mirrors, retelling, table_of

ROOT = Path(__file__).parents[2]
SERVICES = ("catalog", "pages", "checkout", "delivery", "leads")
SOURCES = [file for kind in ("libs", "services", "tools") for file in (ROOT / kind).glob("*/src/**/*.py")]


def described(name: str) -> Service:
    service: Service = import_module(f"{name}.main").describe()
    return service


def is_told(event: type[Event]) -> bool:
    """Not a base of events, which has no key of its own."""
    return "key" in event.__dict__


def functions() -> Iterator[tuple[int, str]]:
    for file in SOURCES:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None:
                yield node.end_lineno - node.lineno + 1, f"{file.relative_to(ROOT)}:{node.lineno} {node.name}"


def called(app: FastAPI) -> Iterator[Callable[..., Any]]:
    """What FastAPI calls to answer requests: the endpoints and all that they depend on."""
    routes = [context.original_route for context in iter_route_contexts(app.routes)]
    found = [route.dependant for route in routes if isinstance(route, APIRoute)]
    while found:
        dependant = found.pop()
        found += dependant.dependencies
        assert dependant.call is not None
        yield dependant.call


def is_asynchronous(call: Callable[..., Any]) -> bool:
    return any(iscoroutinefunction(own) or isasyncgenfunction(own) for own in (call, type(call).__call__))


def test_functions_are_short() -> None:
    lengths = sorted(functions())
    assert quantiles([length for length, _ in lengths], n=10)[-1] <= 20
    assert [name for length, name in lengths if length > 50] == []


def test_rooms_are_small() -> None:
    assert [str(file.relative_to(ROOT)) for file in SOURCES if file.read_text().count("\n") > 400] == []


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_tells_only_its_own_events_and_all_of_them(name: str) -> None:
    told = set(described(name).tells)
    assert told == {
        event for event in Event.known.values() if event.__module__ == f"contracts.{name}" and is_told(event)
    }


@pytest.mark.parametrize("name", SERVICES)
def test_a_queue_is_named_after_its_one_handler(name: str) -> None:
    queues = [subscription.queue for subscription in described(name).hears]
    assert len(queues) == len(set(queues))
    assert all(re.fullmatch(rf"{name}\.[a-z]+(-[a-z]+)+", queue) for queue in queues), queues


@pytest.mark.parametrize("name", SERVICES)
def test_every_route_says_what_it_is_for(name: str) -> None:
    paths = described(name).app().openapi()["paths"]
    operations = [operation for path in paths.values() for operation in path.values()]
    assert all(operation.get("summary") for operation in operations)
    identifiers = [operation["operationId"] for operation in operations]
    assert len(identifiers) == len(set(identifiers))


@pytest.mark.parametrize("name", SERVICES)
def test_parameters_are_named_as_the_data_model_names_things(name: str) -> None:
    """In camelCase; but for `utm_source`, whose name is everybody's."""
    paths = described(name).app().openapi()["paths"]
    operations = [operation for path in paths.values() for operation in path.values()]
    parameters = [parameter for operation in operations for parameter in operation.get("parameters", ())]
    named = {each["name"] for each in parameters if each["in"] in {"path", "query"}} - {"utm_source"}
    assert {each for each in named if not re.fullmatch(r"[a-z]+([A-Z][a-z]+)*", each)} == set()


@pytest.mark.parametrize("name", SERVICES)
def test_no_request_waits_for_a_thread(name: str) -> None:
    """FastAPI runs what is not `async` in threads, 40 at once: dearer than all else that such a function does."""
    found = set(called(described(name).app()))
    assert {call for call in found if not is_asynchronous(call)} == set()
    assert transaction in found


def test_events_carry_no_personal_data() -> None:
    personal = {"email", "ip", "address", "phone", "buyer_name", "registrant_name"}
    for event in Event.known.values():
        assert not personal & set(event.model_fields), event.key


def test_no_network_address_of_a_registry_or_a_machine_stands_in_a_lock() -> None:
    for lock in ROOT.glob("requirements*.lock"):
        assert "://" not in lock.read_text()


@pytest.mark.parametrize("name", SERVICES)
def test_what_a_service_mirrors_can_be_told_anew(name: str) -> None:
    for model, mirror in mirrors(name).items():
        assert len({(event.service(), event.aggregate()) for event in mirror.events}) == 1
        assert callable(retelling(mirror)), mirror.queue
        models = import_module(f"{name}.models").__dict__.values()
        named = {getattr(table, "__tablename__", None) for table in models}
        assert table_of(model) in {*named, *tables.metadata.tables}


def test_everything_locked_bears_its_hash() -> None:
    for lock in [*ROOT.glob("requirements*.lock"), ROOT / "tools" / "security-scan" / "requirements.lock"]:
        packages = re.split(r"^(?=\S)", lock.read_text(), flags=re.MULTILINE)
        assert [package for package in packages if package.strip() and "--hash=sha256:" not in package] == []
    for lock in (ROOT / "tools/security-scan", ROOT / "deploy/edge/worker"):
        packages = json.loads((lock / "package-lock.json").read_text())["packages"]
        assert [name for name, package in packages.items() if name and "integrity" not in package] == []
        assert "://" not in "".join(package.get("resolved", "") for package in packages.values())


def test_nobody_calls_an_address_that_somebody_typed() -> None:
    """Who speaks HTTP asks what is configured: signing keys, Cloudflare. Stripe and S3 have libraries of theirs."""
    speaks = re.compile(r"^(import|from) (httpx|aiohttp|requests|urllib\.request|http\.client|socket)\b", re.MULTILINE)
    ours = [file for file in SOURCES if not file.is_relative_to(ROOT / "tools")]
    callers = {file.relative_to(ROOT).as_posix() for file in ours if speaks.search(file.read_text())}
    assert callers == {
        "libs/chassis/src/chassis/auth.py",
        "libs/chassis/src/chassis/edge.py",
        "services/catalog/src/catalog/object_store.py",
    }
