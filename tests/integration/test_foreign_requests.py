"""The running gateways, fed what nobody would send, without the edge before them: an answer each, and no error."""

import asyncio
import json
import os
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from chassis.testing import PATIENCE
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from local_stack import Stack

from .journey import Creator
from .openapi import SERVICES, Operation, operations

FEW = 250
"""The same ones each time; `make test-fuzz` draws others."""
INPUTS = int(os.environ.get("FUZZ_INPUTS", FEW))
BY_SERVICE = {
    service: [one for one in operations() if one.service == service and not one.path.endswith("/events")]
    for service in SERVICES
}
HEADERS = (
    *("accept", "accept-language", "authorization", "content-type", "cookie", "idempotency-key", "if-match"),
    *("if-none-match", "origin", "range", "stripe-signature", "traceparent", "user-agent", "x-forwarded-for"),
    *("x-forwarded-proto", "x-http-method-override", "x-order-proof", "x-request-id"),
)
LATIN = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=60).map(
    str.strip
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
ODD = st.sampled_from(["../..", "%00", "%", "\x00", "'", '"', "0" * 36, "<script>", "x" * 2000, "-1", "1e999999", "٣"])
JSON: SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from([10**400, 1e308]) | st.floats() | TEXT | ODD,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)


def bodies(operation: Operation) -> SearchStrategy[bytes]:
    """Noise, JSON of any shape, and the operation's own fields with anything in them."""
    fields = operation.fields()
    own = st.fixed_dictionaries({}, optional=dict.fromkeys(fields, JSON))
    almost = own.map(lambda odd: {**(operation.example(operation.body) if operation.body else {}), **odd})
    return st.binary(max_size=80) | (JSON | own | almost).map(lambda value: json.dumps(value).encode())


@st.composite
def requests(draw: st.DrawFn, known: list[Operation], bearer: str) -> dict[str, Any]:
    """One request, as httpx takes it. Each comes from an address that has spent no share of anything."""
    operation = draw(st.sampled_from(known))
    path = operation.path
    for name in operation.parameters("path"):
        path = path.replace("{" + name + "}", quote(draw(TEXT | ODD), safe="") or "x")
    headers = {name: draw(LATIN) for name in HEADERS if draw(st.integers(0, 3)) == 0}
    headers.setdefault("authorization", bearer)
    headers.setdefault("content-type", draw(st.sampled_from(["application/json", "application/x-www-form-urlencoded"])))
    headers.setdefault("x-forwarded-for", str(draw(st.ip_addresses())))
    return {
        "method": operation.method,
        "url": path,
        "params": {name: draw(TEXT | ODD) for name in operation.parameters("query") if draw(st.booleans())},
        "headers": [(name, value.encode("latin-1")) for name, value in headers.items()],
        "content": draw(bodies(operation)) if operation.method in {"post", "put", "patch"} else None,
    }


def ask_all(origin: str, known: list[Operation], bearer: str) -> Counter[int]:
    """How often each status was answered. Blocking."""
    answered: Counter[int] = Counter()

    with httpx.Client(base_url=origin, timeout=PATIENCE) as client:

        @settings(
            max_examples=INPUTS,
            derandomize=INPUTS == FEW,
            database=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        )
        @given(request=requests(known, bearer))
        def ask(request: dict[str, Any]) -> None:
            answer = client.request(**request)
            answered[answer.status_code] += 1
            assert answer.status_code < 500 or (answer.status_code == 503 and answer.headers["retry-after"]), (
                answer.text
            )
            if answer.status_code >= 400 and "json" in answer.headers["content-type"]:
                assert answer.headers["content-type"] == "application/problem+json"

        ask()
    return answered


def errors_in(log: Path) -> list[str]:
    """The lines of a service's log that tell of what nobody foresaw."""
    return [line for line in log.read_text().splitlines() if '"level": "error"' in line or "Traceback" in line]


@pytest.mark.timeout(900)
@pytest.mark.parametrize("service", SERVICES)
async def test_whatever_is_sent_is_answered_and_nothing_goes_wrong_within(
    stack: Stack, creator: Creator, service: str
) -> None:
    log = stack.state.log(service)
    before = errors_in(log)
    bearer = creator.headers["Authorization"]
    answered = await asyncio.to_thread(ask_all, stack.endpoints[service], BY_SERVICE[service], bearer)
    assert errors_in(log) == before
    assert answered.keys() >= {200, 401, 422}, f"only {answered}: that proves little"
