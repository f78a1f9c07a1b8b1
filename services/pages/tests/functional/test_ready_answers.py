"""A hot page is made once a moment for all its visitors, and never shown past a change or an instant."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from chassis.testing import SettableClock, until
from pages import store
from pages.http import ready_answers
from pages.page_cache import PageCache
from storefront import Storefront

from .conftest import HOUR, Seller, Visitor, instant


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The templates that were rendered since."""
    names: list[str] = []
    show = Storefront.show

    def noting(self: Storefront, page: Any, **more: Any) -> str:
        names.append(page.template)
        return show(self, page, **more)

    monkeypatch.setattr(Storefront, "show", noting)
    return names


class Still:
    """A clock that stands still, and is set by hand."""

    def __init__(self, clock: SettableClock, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at = clock.now()
        monkeypatch.setattr(clock, "now", lambda: self.at)


@pytest.fixture
def still(clock: SettableClock, monkeypatch: pytest.MonkeyPatch) -> Still:
    return Still(clock, monkeypatch)


async def settled(cache: PageCache, page: dict[str, Any]) -> None:
    """Until what was told of the page has been heard, so that it is kept from here on."""

    async def kept() -> bool:
        one = await cache.get(page["shortId"])
        await asyncio.sleep(0.05)
        return one is not None and one is await cache.get(page["shortId"])

    await until(kept)


async def test_within_a_moment_a_page_is_rendered_once_a_language(
    seller: Seller, visitor: Visitor, cache: PageCache, still: Still, shown: list[str]
) -> None:
    page = await seller.publishes()
    await settled(cache, page)
    for language in ("en", "de", "en", "de"):
        answer = await visitor.html(page, **{"Accept-Language": language})
        assert ("19,00" in answer.text) is (language == "de")
    assert len(shown) == 2
    still.at += timedelta(seconds=1)
    await visitor.html(page)
    assert len(shown) == 3, "its countdown shows another second"


@pytest.mark.parametrize("which", ["launchAt", "expiresAt"])
async def test_a_ready_answer_ends_at_the_instant(
    seller: Seller, visitor: Visitor, cache: PageCache, still: Still, which: str
) -> None:
    page = await seller.announces()
    await settled(cache, page)
    before, after = {"launchAt": ("pre_launch", "live"), "expiresAt": ("live", "expired")}[which]
    tick = timedelta(microseconds=1)
    for at, state in ((instant(page[which]) - tick, before), (instant(page[which]), after)):
        still.at = at
        assert f'data-state="{state}"' in (await visitor.html(page)).text
        assert await visitor.state(page) == state


async def test_the_last_hour_begins_at_its_instant(
    seller: Seller, visitor: Visitor, cache: PageCache, still: Still
) -> None:
    page = await seller.publishes()
    await settled(cache, page)
    begins = instant(page["expiresAt"]) - HOUR
    for at in (begins - timedelta(microseconds=1), begins):
        still.at = at
        assert ("data-ending-soon" in (await visitor.html(page)).text) is (at == begins)


async def test_a_clock_that_was_put_back_is_believed(
    seller: Seller, visitor: Visitor, cache: PageCache, still: Still
) -> None:
    page = await seller.announces()
    await settled(cache, page)
    for at, state in ((instant(page["expiresAt"]), "expired"), (instant(page["launchAt"]) - HOUR / 2, "pre_launch")):
        still.at = at
        assert f'data-state="{state}"' in (await visitor.html(page)).text
        assert await visitor.state(page) == state


async def test_what_was_told_is_shown_though_an_answer_is_ready(
    seller: Seller, visitor: Visitor, still: Still, cache: PageCache
) -> None:
    page = await seller.publishes(customization={"title": "Old"})
    await settled(cache, page)
    assert "Old" in (await visitor.html(page)).text
    await seller.changes(page, customization={"title": "New"})

    async def renewed() -> bool:
        return "New" in (await visitor.html(page)).text and (await visitor.json(page)).json()["title"] == "New"

    await until(renewed)


async def test_no_more_answers_are_kept_than_there_is_room_for(
    seller: Seller,
    visitor: Visitor,
    cache: PageCache,
    still: Still,
    shown: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ready_answers, "MOST_ANSWERS", 2)
    page = await seller.publishes()
    await settled(cache, page)
    for language in ("en", "de", "fr", "en"):
        await visitor.html(page, **{"Accept-Language": language})
    assert len(shown) == 4


async def test_who_has_the_document_is_told_that_it_stands(
    seller: Seller, visitor: Visitor, clock: SettableClock
) -> None:
    page = await seller.publishes(quantityLimit=5)
    first = await visitor.json(page)
    clock.advance(timedelta(seconds=1))
    second = await visitor.json(page)
    tag = first.headers["etag"]
    assert (second.headers["etag"], first.headers["cache-control"]) == (tag, "no-cache")
    assert instant(first.json()["serverNow"]) < instant(second.json()["serverNow"])
    for named in (tag, tag.removeprefix("W/"), f'"other", {tag}', "*"):
        had = await asked(visitor, page, named)
        assert (had.status_code, had.content, had.headers["etag"]) == (304, b"", tag)
    assert (await asked(visitor, page, 'W/"other"')).status_code == 200
    clock.set(instant(page["expiresAt"]))
    assert (await asked(visitor, page, tag)).json()["state"] == "expired"


async def asked(visitor: Visitor, page: dict[str, Any], tag: str) -> Any:
    return await visitor.client.get(f"/v1/public/pages/{page['shortId']}", headers={"If-None-Match": tag})


async def test_a_page_that_many_ask_for_at_once_is_read_once(
    seller: Seller, cache: PageCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = await seller.publishes()
    await settled(cache, page)
    cache.forget(page["shortId"])
    reads, read = [], store.public_page

    async def noting(*arguments: Any) -> Any:
        reads.append(arguments)
        return await read(*arguments)

    monkeypatch.setattr(store, "public_page", noting)
    crowd = [asyncio.create_task(cache.get(page["shortId"])) for _ in range(50)]
    await asyncio.sleep(0)
    crowd[0].cancel()  # the first, who made it be read, leaves
    found = await asyncio.gather(*crowd[1:])
    assert len(reads) == 1
    assert all(one is not None and one is found[0] for one in found)


async def test_what_changes_while_it_is_read_is_read_anew_by_the_next(
    seller: Seller, cache: PageCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = await seller.publishes()
    await settled(cache, page)
    cache.forget(page["shortId"])
    begun, going_on, read = asyncio.Semaphore(0), asyncio.Event(), store.public_page

    async def slowly(*arguments: Any) -> Any:
        found = await read(*arguments)
        begun.release()
        await going_on.wait()
        return found

    monkeypatch.setattr(store, "public_page", slowly)
    early = asyncio.create_task(cache.get(page["shortId"]))
    await begun.acquire()
    cache.forget(page["shortId"])
    late = asyncio.create_task(cache.get(page["shortId"]))
    await begun.acquire()
    going_on.set()
    assert await early is not await late
    assert await cache.get(page["shortId"]) is await late
