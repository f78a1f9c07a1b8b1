"""The Worker answers from what KV was told and compares the clock itself; it may refuse, and grants nothing."""

import asyncio
import base64
import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from chassis.testing import PATIENCE

from .conftest import Edge

HOUR = timedelta(hours=1)
EXPIRED = {"type": "download-expired", "title": "It has expired", "status": 410, "nextStep": "write-to-creator"}


def short_id() -> str:
    return secrets.token_hex(6)


def page(expires_in: timedelta = HOUR, launches_in: timedelta = -HOUR, **changed: Any) -> dict[str, Any]:
    """As pages tells it, at instants in whole milliseconds, which is what the Worker's clock counts."""
    now = datetime.now(UTC)
    return {
        "launchAt": (now + launches_in).isoformat(timespec="milliseconds"),
        "expiresAt": (now + expires_in).isoformat(timespec="milliseconds"),
        "until": None,
        "capped": False,
        "farewell": {"title": "Field <Guide>", "message": "Thank you"},
        "document": {"title": "Field Guide"},
        **changed,
    }


async def told(edge: Edge, entry: Any) -> str:
    """The short id of a page of which KV says `entry`."""
    name = short_id()
    await edge.put(f"page:{name}", entry)
    return name


async def html(edge: Edge, name: str) -> httpx.Response:
    return await edge.client.get(f"/p/{name}")


async def document(edge: Edge, name: str, **params: str) -> httpx.Response:
    return await edge.client.get(f"/api/pages/v1/public/pages/{name}", params=params)


def is_the_origins(answer: httpx.Response) -> bool:
    return answer.status_code == 200 and answer.json().get("origin") == answer.url.raw_path.decode()


@pytest.mark.parametrize("path", ["/", "/p/unheard0fPage", "/api/pages/v1/public/pages/unheard0fPage", "/o?order=1"])
async def test_what_kv_has_not_heard_of_goes_to_the_origin(edge: Edge, path: str) -> None:
    answer = await edge.client.get(path)
    assert is_the_origins(answer)
    assert answer.json()["host"] == edge.client.base_url.netloc.decode()


async def test_the_origin_is_told_which_visitor_cloudflare_saw(edge: Edge) -> None:
    headers = {"X-Forwarded-For": "198.51.100.1", "CF-Connecting-IP": "203.0.113.7"}
    assert (await edge.client.get("/o?order=1", headers=headers)).json()["visitor"] == ["203.0.113.7"]


async def test_what_a_visitor_says_of_where_they_come_from_is_not_handed_on(edge: Edge) -> None:
    """They come from this machine, which workerd tells the Worker as Cloudflare would."""
    answer = await edge.client.get("/o?order=1", headers={"X-Forwarded-For": "198.51.100.1"})
    assert answer.json()["visitor"] == ["127.0.0.1"]


async def test_a_live_page_is_the_origins_to_show(edge: Edge) -> None:
    assert is_the_origins(await html(edge, await told(edge, page())))


async def test_a_page_expires_under_a_stale_entry(edge: Edge) -> None:
    """KV goes on saying what it was told while the page was live; so would the origin, which is not asked."""
    entry = page(expires_in=timedelta(seconds=4))
    name, expires_at = await told(edge, entry), datetime.fromisoformat(entry["expiresAt"])
    states: list[str] = []
    async with asyncio.timeout(PATIENCE):
        while not states or states[-1] != "expired":
            answer = (await document(edge, name)).json()
            states.append(answer["state"])
            assert (datetime.fromisoformat(answer["serverNow"]) >= expires_at) == (answer["state"] == "expired")
            await asyncio.sleep(0.1)
    assert states[0] == "live"
    gone = await html(edge, name)
    assert gone.status_code == 410
    assert "Field &lt;Guide&gt;" in gone.text
    assert "noindex" in gone.text
    assert gone.headers["cache-control"] == "no-store"


async def test_an_expired_page_that_leads_on_is_the_origins(edge: Edge) -> None:
    assert is_the_origins(await html(edge, await told(edge, page(expires_in=-HOUR, farewell=None))))


async def test_a_withdrawn_page_is_no_page_as_at_the_origin(edge: Edge) -> None:
    name = await told(edge, {"withdrawn": True})
    shown = await html(edge, name)
    assert shown.status_code == 404
    assert "There is no page here" in shown.text
    answer = await document(edge, name)
    assert (answer.status_code, answer.json()["type"]) == (404, "page-unknown")


async def test_the_policy_of_the_edges_own_pages_allows_their_style_and_nothing_else(edge: Edge) -> None:
    gone = await html(edge, await told(edge, page(expires_in=-HOUR)))
    style = gone.text.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = gone.headers["content-security-policy"]
    assert policy == f"default-src 'none'; frame-ancestors 'none'; style-src 'sha256-{digest}'"


@pytest.mark.parametrize(("launches_in", "state"), [(-HOUR, "live"), (HOUR / 2, "pre_launch")])
async def test_a_program_is_told_what_kv_knows_at_the_edges_clock(
    edge: Edge, launches_in: timedelta, state: str
) -> None:
    answer = await document(edge, await told(edge, page(launches_in=launches_in)))
    said = answer.json()
    assert said.pop("serverNow")
    assert said == {"state": state, "remaining": None, "title": "Field Guide"}
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "changed", [{"capped": True}, {"until": "2026-01-01T00:00:00Z"}], ids=["capped", "a product has ended"]
)
async def test_what_the_edge_cannot_know_is_the_origins(edge: Edge, changed: dict[str, Any]) -> None:
    assert is_the_origins(await document(edge, await told(edge, page(**changed))))


async def test_who_brings_a_pass_is_the_origins(edge: Edge) -> None:
    assert is_the_origins(await document(edge, await told(edge, page()), **{"pass": "x"}))


async def test_an_entry_that_cannot_be_read_is_no_entry(edge: Edge) -> None:
    name = await told(edge, None)
    assert is_the_origins(await html(edge, name))


async def link(edge: Edge, entry: Any) -> httpx.Response:
    token = secrets.token_urlsafe(32)
    await edge.put(f"token:{hashlib.sha256(token.encode()).hexdigest()}", entry)
    return await edge.client.post("/api/delivery/v1/downloads", json={"token": token})


def valid_for(span: timedelta) -> dict[str, Any]:
    return {"expiresAt": (datetime.now(UTC) + span).isoformat(), "refusal": None, "afterwards": EXPIRED}


async def test_a_valid_link_is_the_origins_to_grant(edge: Edge) -> None:
    assert is_the_origins(await link(edge, valid_for(HOUR)))


async def test_a_link_that_expired_is_refused(edge: Edge) -> None:
    answer = await link(edge, valid_for(-HOUR))
    assert (answer.status_code, answer.json()) == (410, EXPIRED)


async def test_a_revoked_link_is_refused_as_the_origin_would(edge: Edge) -> None:
    refusal = {"status": 410, "type": "download-refunded", "title": "It was refunded"}
    answer = await link(edge, {**valid_for(HOUR), "refusal": refusal})
    assert answer.status_code == 410
    assert answer.json() == {"type": "download-refunded", "title": "It was refunded", "status": 410}


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"token": 1}', b'{"token": "unheard"}'])
async def test_what_is_no_known_link_is_the_origins(edge: Edge, body: bytes) -> None:
    assert is_the_origins(await edge.client.post("/api/delivery/v1/downloads", content=body))
