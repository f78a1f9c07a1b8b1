"""Cloudflare's API v4 over a namespace, and the hooks that tests have."""

import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from cloudflare_sandbox.namespace import Namespace, Refused

ACCOUNT, NAMESPACE, TOKEN = "sandbox-account", "sandbox-namespace", "sandbox-token"
PLACE = "/client/v4/accounts/{account}/storage/kv/namespaces/{namespace}"
MOST_KEYS = 10_000


@dataclass
class Sandbox:
    """`faults` are the statuses with which the next calls fail; `calls` how often it was called."""

    kv: Namespace
    faults: list[int] = field(default_factory=list)
    calls: int = 0


Handler = Callable[[Sandbox, Request], Awaitable[Response]]


def _answer(result: Any = None) -> Response:
    return JSONResponse({"success": True, "errors": [], "messages": [], "result": result})


def _error(status: int, code: int, message: str) -> Response:
    errors = [{"code": code, "message": message}]
    return JSONResponse({"success": False, "errors": errors, "messages": [], "result": None}, status)


async def _listed(request: Request) -> list[Any]:
    given = await request.json()
    if not isinstance(given, list) or len(given) > MOST_KEYS:
        raise Refused(10026, f"a list of at most {MOST_KEYS} is expected")
    return given


async def _put_bulk(sandbox: Sandbox, request: Request) -> Response:
    pairs = [sandbox.kv.checked(pair) for pair in await _listed(request)]
    for key, stored in pairs:
        sandbox.kv.put(key, stored)
    return _answer({"successful_key_count": len(pairs), "unsuccessful_keys": []})


async def _delete_bulk(sandbox: Sandbox, request: Request) -> Response:
    keys = await _listed(request)
    for key in keys:
        sandbox.kv.delete(key)
    return _answer({"successful_key_count": len(keys), "unsuccessful_keys": []})


async def _value(sandbox: Sandbox, request: Request) -> Response:
    key = request.path_params["key"]
    if request.method == "GET":
        stored = sandbox.kv.get(key)
        if stored is None:
            return _error(404, 10009, "get: 'key not found'")
        headers = {} if stored.expiration is None else {"expiration": str(stored.expiration)}
        return PlainTextResponse(stored.value, headers=headers)
    if request.method == "DELETE":
        sandbox.kv.delete(key)
        return _answer()
    lifetime = {name: int(value) for name, value in request.query_params.items() if name.startswith("expiration")}
    sandbox.kv.put(*sandbox.kv.checked({"key": key, "value": (await request.body()).decode(), **lifetime}))
    return _answer()


def _guarded(sandbox: Sandbox, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    async def handle(request: Request) -> Response:
        sandbox.calls += 1
        if sandbox.faults:
            return _error(sandbox.faults.pop(0), 10000, "a fault that was asked for")
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return _error(401, 10001, "Unable to authenticate request")
        if request.path_params["account"] != ACCOUNT or request.path_params["namespace"] != NAMESPACE:
            return _error(404, 10013, "namespace not found")
        try:
            return await handler(sandbox, request)
        except Refused as refused:
            return _error(400, refused.code, str(refused))
        except json.JSONDecodeError:
            return _error(400, 10012, "could not parse the body")

    return handle


def create_app(clock: Callable[[], float] = time.time) -> Starlette:
    sandbox = Sandbox(Namespace(clock))

    async def faults(request: Request) -> Response:
        wanted = await request.json()
        sandbox.faults += [wanted["status"]] * wanted.get("times", 1)
        return Response(status_code=204)

    async def calls(_: Request) -> Response:
        return JSONResponse(sandbox.calls)

    async def health(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    app = Starlette(
        routes=[
            Route("/sandbox/health", health),
            Route("/sandbox/faults", faults, methods=["POST"]),
            Route("/sandbox/calls", calls),
            Route(f"{PLACE}/bulk", _guarded(sandbox, _put_bulk), methods=["PUT"]),
            Route(f"{PLACE}/bulk/delete", _guarded(sandbox, _delete_bulk), methods=["POST"]),
            Route(f"{PLACE}/values/{{key:path}}", _guarded(sandbox, _value), methods=["GET", "PUT", "DELETE"]),
        ]
    )
    app.state.sandbox = sandbox
    return app
