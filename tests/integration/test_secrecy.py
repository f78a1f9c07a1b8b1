"""What is secret or personal in a whole journey stands in no log of it; every kind of page bears its headers."""

import re
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from local_stack import Stack

from .journey import Buyer, Creator, Downloads, Inbox

THEIRS = {"mail", "stripe", "s3"}
"""Logs of stand-ins for others' services, which are told what they are for."""
PRIVATE = ("/d", "/o", "/o/erase?customer=0193f0a0-0000-7000-8000-000000000001", "/r/confirm", "/r/delete")
PAGES = ("/", "/p/{live}", "/p/{ahead}", "/p/nothinghere", "/nowhere", *PRIVATE)


async def secrets_of_a_journey(edge: httpx.AsyncClient, creator: Creator, inbox: Inbox) -> dict[str, str]:
    """By what each is: a sale, a download and a registration that was confirmed, with every secret it took."""
    page = await creator.ready_to_sell()
    buyer, guest = Buyer(edge), Buyer(edge).email
    purchase = await buyer.buy(page)
    downloads = Downloads(edge, await purchase.token())
    await downloads.fetch()
    ahead = await creator.page(page["productId"], launchAt="2039-12-31T00:00:00Z", expiresAt="2040-01-01T00:00:00Z")
    registered = {"email": guest, "name": "Grace Guest", "customFields": {}}
    await creator.post(f"/api/leads/v1/public/pages/{ahead['shortId']}/registrations", registered, 202)
    mail = await inbox.mail(guest)
    confirm = re.findall(r"/r/confirm#(\S+)", mail["text"])[0]
    await creator.post("/api/leads/v1/registrations/confirm", {"token": confirm}, 200)
    await edge.post("/api/checkout/v1/orders/lookup", json={"email": buyer.email})
    await edge.post("/api/catalog/v1/sessions", json={"email": creator.email, "password": creator.password + "x"})
    await edge.get(f"/api/checkout/v1/orders/{purchase.order_id}/status", headers={"X-Order-Proof": purchase.proof})
    return {
        "the creator's address": creator.email,
        "the creator's password": creator.password,
        "an access token": creator.headers["Authorization"].split(".")[-1],
        "a refresh token": edge.cookies.get("__Host-refresh") or "__Host-refresh=",
        "the buyer's address": buyer.email,
        "the guest's address": guest,
        "the guest's name": "Grace Guest",
        "the download token": downloads.token,
        "the order's proof": purchase.proof,
        "a confirmation": confirm.split(".")[1],
        "a signed address": "X-Amz-Signature",
    }


async def test_no_log_holds_a_token_a_password_or_an_address(
    stack: Stack, edge: httpx.AsyncClient, creator: Creator, inbox: Inbox
) -> None:
    secrets = await secrets_of_a_journey(edge, creator, inbox)
    logs = {log.stem: log.read_text(errors="replace") for log in stack.state.logs.glob("*.log")}
    assert "route" in logs["checkout"], "or nothing was looked at"
    held = [f"{what} in {name}" for name, text in logs.items() if name not in THEIRS for what, secret in secrets.items()
            if secret in text]  # fmt: skip
    assert held == []


@pytest.fixture
async def places(creator: Creator) -> dict[str, Any]:
    page = await creator.ready_to_sell()
    ahead = await creator.page(page["productId"], launchAt="2039-12-31T00:00:00Z", expiresAt="2040-01-01T00:00:00Z")
    return {"live": page["shortId"], "ahead": ahead["shortId"]}


async def test_every_kind_of_page_bears_its_headers(edge: httpx.AsyncClient, places: dict[str, Any]) -> None:
    for path in PAGES:
        answer = await edge.get(path.format(**places), headers={"Accept": "text/html"})
        assert answer.headers["content-type"].startswith("text/html"), path
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'"), path
        assert "unsafe" not in policy, path
        assert "frame-ancestors 'none'" in policy, path
        assert answer.headers["x-content-type-options"] == "nosniff", path
        assert answer.headers["referrer-policy"] == "no-referrer", path
        assert "server" not in answer.headers, path
        if path in PRIVATE:
            assert answer.headers["cache-control"] == "no-store", path


async def test_only_the_embed_may_be_framed(edge: httpx.AsyncClient, places: dict[str, Any]) -> None:
    policy = (await edge.get(f"/p/{places['live']}/embed")).headers["content-security-policy"]
    assert "frame-ancestors *" in policy
    assert "unsafe" not in policy


async def test_no_answer_leads_where_the_request_says(edge: httpx.AsyncClient, places: dict[str, Any]) -> None:
    evil = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
    for path in (
        "//evil.example/%2e%2e",
        "/\\evil.example",
        "/p/{live}?next=https://evil.example",
        "/api/pages/v1/pages/",
    ):
        answer = await edge.get(path.format(**places), headers=evil)
        assert urlsplit(answer.headers.get("location", "")).netloc == ""
        assert "evil.example" not in answer.headers.get("location", "")
    bought = await edge.post("/api/checkout/buy", data={"shortId": places["live"]}, headers=evil)
    assert "evil.example" not in bought.headers.get("location", "")
