"""For anybody: what a page is at this moment, as JSON."""

import hashlib
import re
from datetime import datetime
from typing import Annotated

from chassis.api import WithDatabase
from chassis.problems import problems
from chassis.ratelimit import client_address
from fastapi import APIRouter, Depends, Header, Path, Request
from fastapi.responses import Response

from pages.errors import PageUnknown
from pages.http.guesses import Guesses
from pages.http.ready_answers import Answer, ReadyAnswers
from pages.http.wire import PublicPageView, instant_as_json
from pages.page_cache import PageCache
from pages.views import PublicPage

_SHORT_ID = re.compile(r"[0-9A-Za-z]{10,32}")
ShortId = Annotated[str, Path(alias="shortId", description="As in the page's address, /p/{shortId}")]
IfNoneMatch = Annotated[str | None, Header(description="The ETag that you have")]
router = APIRouter(tags=["public"])


def cache(request: Request) -> PageCache:
    found: PageCache = request.app.state.cache
    return found


async def seen_page(request: Request, short_id: ShortId) -> PublicPage:
    """The published page of an address. Raises PageUnknown, the same for a draft as for none; NotHeardYet;
    TooManyRequests to who guesses.
    """
    guesses: Guesses = request.app.state.guesses
    guesses.admit(client_address(request))
    page = await cache(request).get(short_id) if _SHORT_ID.fullmatch(short_id) else None
    if page is None:
        await guesses.count(client_address(request))
        raise PageUnknown
    return page


SeenPage = Annotated[PublicPage, Depends(seen_page)]


@router.get(
    "/v1/public/pages/{shortId}",
    operation_id="showPublicPage",
    summary="What anyone may know of a page, at this moment",
    response_model=PublicPageView,
    responses={304: {"description": "All but serverNow is as you have it"}, **problems(404, 422, 429, 503)},
)
async def show_public_page(
    page: SeenPage, request: Request, db: WithDatabase, if_none_match: IfNoneMatch = None
) -> Response:
    now = db.clock.now()
    ready: ReadyAnswers = request.app.state.documents
    facts = ready.of(page, now, lambda: _facts(page, now)).content
    headers = {"ETag": _tag(facts), "Cache-Control": "no-cache"}
    if _has(if_none_match, headers["ETag"]):
        return Response(None, 304, headers)
    return Response(_at(facts, now), headers=headers, media_type="application/json")


def _facts(page: PublicPage, now: datetime) -> Answer:
    """All of the document but `serverNow`, which is each answer's own."""
    document = PublicPageView.of(page, now).model_dump_json(by_alias=True, exclude={"server_now"})
    upcoming = page.next_instant(now)
    return Answer(document.encode(), made_at=now, until=upcoming, changes_at=upcoming)


def _at(facts: bytes, now: datetime) -> bytes:
    return b'{"serverNow":' + instant_as_json(now) + b"," + facts[1:]


def _tag(facts: bytes) -> str:
    """Weak, since two answers with one tag differ in `serverNow` (RFC 9110, 8.8.1)."""
    return f'W/"{hashlib.sha256(facts).hexdigest()[:22]}"'


def _has(if_none_match: str | None, tag: str) -> bool:
    """Whether the header names `tag`, compared weakly (RFC 9110, 13.1.2)."""
    named = {entry.strip().removeprefix("W/") for entry in (if_none_match or "").split(",")}
    return "*" in named or tag.removeprefix("W/") in named
