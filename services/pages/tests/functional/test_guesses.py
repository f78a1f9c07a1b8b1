"""Who asks for pages that are not there has to wait in the end; a page's own visitors are not counted."""

import time

import httpx
import pytest
from chassis.clock import new_id
from chassis.lifecycle import Service
from pages.http import guesses

from .conftest import Seller, Visitor


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guesses, "A_MINUTE", 3)


async def guess(visitor: Visitor, path: str = "/v1/public/pages/{}") -> httpx.Response:
    return await visitor.client.get(path.format(new_id().hex[-12:]))


async def test_a_pages_visitors_are_not_counted(seller: Seller, visitor: Visitor) -> None:
    page = await seller.publishes()
    for _ in range(5):
        assert (await visitor.html(page)).status_code == 200
        assert (await visitor.json(page)).status_code == 200


async def test_open_tabs_of_a_withdrawn_page_guess_nothing(seller: Seller, visitor: Visitor) -> None:
    page, gone = await seller.publishes(), await seller.withdraws(await seller.publishes())
    for path in ["/v1/public/pages/{}", "/v1/public/pages/{}/events", "/p/{}", "/p/{}/qr.svg"] * 2:
        assert (await visitor.client.get(path.format(gone["shortId"]))).status_code == 404
    assert (await visitor.json(page)).status_code == 200


async def test_a_draft_is_a_guess(seller: Seller, visitor: Visitor) -> None:
    draft = await seller.drafts()
    assert [(await visitor.json(draft)).status_code for _ in range(4)] == [404, 404, 404, 429]


@pytest.mark.parametrize("path", ["/v1/public/pages/{}", "/v1/public/pages/{}/events", "/p/{}", "/p/{}/qr.svg"])
async def test_who_guesses_too_often_finds_nothing_any_more(seller: Seller, visitor: Visitor, path: str) -> None:
    page = await seller.publishes()
    for _ in range(3):
        assert (await guess(visitor)).status_code == 404
    refused = await guess(visitor, path)
    assert (refused.status_code, 0 < int(refused.headers["retry-after"]) <= 61) == (429, True)
    for found in (await visitor.json(page), await visitor.html(page)):
        assert found.status_code == 429, "else a right guess would still be told from a wrong one"


async def test_a_browser_is_told_to_wait_by_a_page(visitor: Visitor) -> None:
    for _ in range(4):
        shown = await guess(visitor, "/p/{}")
    assert (shown.status_code, shown.headers["cache-control"]) == (429, "no-store")
    assert shown.headers["content-type"].startswith("text/html")


async def test_others_are_let_in_and_the_guesser_again_when_the_time_is_up(
    seller: Seller, visitor: Visitor, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = await seller.publishes()
    for _ in range(4):
        await guess(visitor)
    transport = httpx.ASGITransport(service.app(), client=("198.51.100.7", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://pages") as other:
        assert (await Visitor(other).json(page)).status_code == 200
    later = time.monotonic() + 61
    monkeypatch.setattr("pages.http.guesses.time.monotonic", lambda: later)
    assert (await visitor.json(page)).status_code == 200


async def test_a_lost_redis_counts_nobody_and_closes_nothing(
    seller: Seller, visitor: Visitor, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = await seller.publishes()
    service.redis.connection_pool.connection_kwargs["port"] = 1
    await service.redis.connection_pool.disconnect()
    assert [(await guess(visitor)).status_code for _ in range(5)] == [404] * 5
    assert (await visitor.html(page)).status_code == 200
