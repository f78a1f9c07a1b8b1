"""Caddy as deploy/ configures it, before a gateway that tells what it was asked."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import uvicorn
from chassis.testing import PATIENCE
from local_stack import credentials, ports
from local_stack.addresses import Addresses
from local_stack.parts import edge
from local_stack.places import State
from local_stack.supervisor import Keeper
from local_stack.waiting import until
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route


async def tell(request: Request) -> Response:
    await request.body()
    client = request.client.host if request.client else None
    told = {"path": request.url.path, "headers": dict(request.headers), "client": client}
    return JSONResponse(told, headers={"Referrer-Policy": "origin"})


async def stream(_request: Request) -> Response:
    async def events() -> AsyncIterator[bytes]:
        yield b"data: first\n\n"
        await asyncio.Event().wait()  # it stays open

    return StreamingResponse(events(), media_type="text/event-stream")


GATEWAY_TRUSTS = "127.0.0.1/32,2001:db8::/32"
GATEWAY = Starlette(routes=[Route("/v1/stream", stream), Route("/{path:path}", tell, methods=["GET", "POST"])])


@asynccontextmanager
async def standing(state: State, **env: str) -> AsyncIterator[httpx.AsyncClient]:
    """Behind the edge answers one gateway, in the place of catalog; the others are down."""
    addresses = Addresses(ports.choose(state.ports), credentials.keep(state.secrets), {})
    config = uvicorn.Config(
        GATEWAY,
        port=addresses.ports["catalog"],
        log_level="warning",
        timeout_graceful_shutdown=1,
        forwarded_allow_ips=GATEWAY_TRUSTS,
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    part = edge.part(state, addresses)
    keeper = Keeper(replace(part, env={**part.env, **env}), state.log("edge"), lambda _progress: None)
    await keeper.start()
    async with httpx.AsyncClient(base_url=addresses.origin("edge"), timeout=PATIENCE) as opened:
        yield opened
    await keeper.stop()
    server.should_exit = True
    await serving


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> State:
    return State(tmp_path_factory.mktemp("edge"))


@pytest.fixture(scope="module")
async def client(state: State) -> AsyncIterator[httpx.AsyncClient]:
    async with standing(state) as opened:
        yield opened


async def test_a_gateway_is_asked_without_the_prefix_and_told_who_asks(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/catalog/v1/products", headers={"X-Forwarded-For": "203.0.113.7"})
    told = answer.json()
    assert told["path"] == "/v1/products"
    assert told["headers"]["x-forwarded-for"] == "127.0.0.1"
    assert told["headers"]["x-forwarded-proto"] == "http"


@pytest.mark.parametrize(
    ("told", "client"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("198.51.100.1, 203.0.113.7", "203.0.113.7"),
        ("203.0.113.7, 2001:db8::103", "203.0.113.7"),
    ],
    ids=["as the Worker says it", "with what a visitor claims", "by a second proxy"],
)
async def test_who_stands_before_the_edge_and_is_named_tells_it_who_asks(
    tmp_path: Path, told: str, client: str
) -> None:
    async with standing(State(tmp_path), EDGE_TRUSTED_PROXIES="127.0.0.1/32 2001:db8::/32") as behind:
        answer = (await behind.get("/api/catalog/v1/products", headers={"X-Forwarded-For": told})).json()
    assert answer["headers"]["x-forwarded-for"] == f"{told}, 127.0.0.1"
    assert answer["client"] == client


async def test_who_is_not_named_is_not_believed_though_another_is(tmp_path: Path) -> None:
    async with standing(State(tmp_path), EDGE_TRUSTED_PROXIES="2001:db8::/32") as behind:
        answer = await behind.get("/api/catalog/v1/products", headers={"X-Forwarded-For": "203.0.113.7"})
    assert answer.json()["client"] == "127.0.0.1"


async def test_what_a_service_says_of_itself_wins_over_the_edge(client: httpx.AsyncClient) -> None:
    headers = (await client.get("/api/catalog/v1/products")).headers
    assert headers.get_list("referrer-policy") == ["origin"]
    assert headers["x-content-type-options"] == "nosniff"


async def test_events_are_passed_on_as_they_come(client: httpx.AsyncClient) -> None:
    async with asyncio.timeout(PATIENCE), client.stream("GET", "/api/catalog/v1/stream") as answer:
        assert await anext(answer.aiter_lines()) == "data: first"


async def test_a_body_that_is_too_large_is_refused(client: httpx.AsyncClient) -> None:
    refused = await client.post("/api/catalog/v1/webhooks/stripe", content=b"x" * 257_000)
    assert (refused.status_code, refused.json()["type"]) == (413, "content-too-large")
    assert (await client.post("/api/catalog/v1/products", content=b"x" * 300_000)).status_code == 200
    assert (await client.post("/api/catalog/v1/products", content=b"x" * 1_100_000)).status_code == 413


async def test_headers_that_are_too_large_are_refused(client: httpx.AsyncClient) -> None:
    refused = await client.get("/api/catalog/v1/products", headers={"X-Long": "x" * 40_000})
    assert refused.status_code == 431


@pytest.mark.parametrize(
    "path", ["/metrics", "/api/catalog/metrics", "/api/catalog/%6detrics", "/api/catalog//metrics"]
)
async def test_a_processs_figures_are_asked_for_inside(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 404


async def test_a_service_that_is_down_is_a_problem_document(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/leads/v1/x")
    assert answer.status_code == 502
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["retry-after"] == "1"
    assert answer.json()["status"] == 502


async def test_logs_bear_no_query_and_no_credentials(client: httpx.AsyncClient, state: State) -> None:
    secrets = {"Authorization": "Bearer sesame", "X-Order-Proof": "sesame", "X-Forwarded-For": "sesame"}
    await client.get("/api/catalog/v1/secrets?token=sesame", headers=secrets)

    def lines() -> list[str]:
        return [line for line in state.log("edge").read_text().splitlines() if "v1/secrets" in line]

    async with asyncio.timeout(PATIENCE):
        await until(lambda: bool(lines()))
    assert json.loads(lines()[0])["request"]["uri"] == "/api/catalog/v1/secrets"
    assert "sesame" not in "".join(lines())
    assert json.loads(lines()[0])["request"]["remote_ip"] == "127.0.0.0", "of an address, its network"
