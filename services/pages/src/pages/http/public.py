"""For anybody: what a page is at this moment, as JSON."""

import hashlib
from datetime import datetime
from typing import Annotated

from chassis.api import WithDatabase
from chassis.problems import problems
from fastapi import APIRouter, Header, Request
from fastapi.responses import Response

from pages.http.bearers import PageToBearer
from pages.http.ready_answers import Answer, ReadyAnswers
from pages.http.wire import PublicPageView, instant_as_json
from pages.views import PublicPage

IfNoneMatch = Annotated[str | None, Header(description="The ETag that you have")]
PRIVATE = {"Cache-Control": "no-store"}
router = APIRouter(tags=["public"])


@router.get(
    "/v1/public/pages/{shortId}",
    operation_id="showPublicPage",
    summary="What anyone may know of a page, at this moment",
    response_model=PublicPageView,
    responses={304: {"description": "All but serverNow is as you have it"}, **problems(404, 422, 429, 503)},
)
async def show_public_page(
    page: PageToBearer, request: Request, db: WithDatabase, if_none_match: IfNoneMatch = None
) -> Response:
    now = db.clock.now()
    if page.bearer is not None:  # theirs alone
        return Response(_at(_facts(page, now).content, now), headers=PRIVATE, media_type="application/json")
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
