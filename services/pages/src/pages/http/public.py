"""For anybody: what a page is at this moment, as JSON."""

import re
from typing import Annotated

from chassis.api import WithDatabase
from chassis.problems import problems
from chassis.ratelimit import per_address
from fastapi import APIRouter, Depends, Path, Request

from pages.errors import PageUnknown
from pages.http.wire import PublicPageView
from pages.page_cache import PageCache
from pages.views import PublicPage

_SHORT_ID = re.compile(r"[0-9A-Za-z]{10,32}")
LOOK_UPS_A_MINUTE = 600
"""By one address: enough for every page that somebody reads, too few to guess one."""
ShortId = Annotated[str, Path(alias="shortId", description="As in the page's address, /p/{shortId}")]
router = APIRouter(tags=["public"])
throttled = Depends(per_address("page", LOOK_UPS_A_MINUTE, 60))


def cache(request: Request) -> PageCache:
    found: PageCache = request.app.state.cache
    return found


async def seen_page(request: Request, short_id: ShortId) -> PublicPage:
    """The published page of an address. Raises PageUnknown, the same for a draft as for none; NotHeardYet."""
    page = await cache(request).get(short_id) if _SHORT_ID.fullmatch(short_id) else None
    if page is None:
        raise PageUnknown
    return page


SeenPage = Annotated[PublicPage, Depends(seen_page)]


@router.get(
    "/v1/public/pages/{shortId}",
    operation_id="showPublicPage",
    summary="What anyone may know of a page, at this moment",
    responses=problems(404, 422, 429, 503),
    dependencies=[throttled],
)
async def show_public_page(page: SeenPage, db: WithDatabase) -> PublicPageView:
    return PublicPageView.of(page, db.clock.now())
