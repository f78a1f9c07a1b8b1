"""For anybody: the page itself, in each of its states."""

from typing import Annotated

from chassis.api import WithDatabase
from chassis.passes import WithPasses
from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from storefront import locale_for, views

from pages.http.bearers import GivenPass, bearer_of
from pages.http.rendering import Asked, asked_page, rendered, storefront
from pages.http.seen_pages import ShortId
from pages.view_counts import ViewCounts
from pages.views import PublicPage, VisibleState

Language = Annotated[str | None, Header(alias="Accept-Language", include_in_schema=False)]
UserAgent = Annotated[str | None, Header(include_in_schema=False)]
Source = Annotated[str | None, Query(alias="utm_source", description="Where the address was found: counted, no more")]
FetchedFor = Annotated[str | None, Header(alias="Sec-Fetch-Dest", include_in_schema=False)]
A_SCRIPT = "empty"
"""Such as the page's own, which shows it anew: no view of anybody. Source: W3C, Fetch Metadata, 2.1."""
ROBOTS = """User-agent: *
Disallow: /api/
Disallow: /d
Disallow: /o
Disallow: /r/
"""
"""What bears secrets is nobody's to list; an expired page says so itself (410, noindex)."""
router = APIRouter(tags=["pages"])


@router.get("/", operation_id="showIndex", summary="What this is", response_class=HTMLResponse)
async def index(request: Request) -> HTMLResponse:
    names = ("catalog", "pages", "checkout", "delivery", "leads")
    documents = [views.Link(url=f"/api/{name}/docs", label=f"{name.capitalize()} API") for name in names]
    shop = storefront(request)
    return HTMLResponse(shop.show(views.Index(api_documents=documents)), headers=shop.security_headers())


@router.get(
    "/robots.txt", operation_id="showRobots", summary="What crawlers may list", response_class=PlainTextResponse
)
async def robots() -> PlainTextResponse:
    return PlainTextResponse(ROBOTS, headers={"Cache-Control": "public, max-age=86400"})


@router.get(
    "/p/{shortId}",
    operation_id="showSalesPage",
    summary="The sales page",
    response_class=HTMLResponse,
    responses={
        302: {"description": "Expired, and its address leads on: to the next edition, or where its creator says"},
        404: {"description": "No such page"},
        410: {"description": "Expired: a page of its own"},
        429: {"description": "Too many pages asked for that are not there"},
        503: {"description": "Published a moment ago: try again"},
    },
)
async def sales_page(
    request: Request,
    short_id: ShortId,
    db: WithDatabase,
    passes: WithPasses,
    given: GivenPass = None,
    language: Language = None,
    user_agent: UserAgent = None,
    source: Source = None,
    fetched_for: FetchedFor = None,
) -> Response:
    page = await asked_page(request, short_id)
    if not isinstance(page, PublicPage):
        return page
    now = db.clock.now()
    came_by = None
    if page.state(now) is not VisibleState.EXPIRED:
        counts: ViewCounts = request.app.state.view_counts
        if fetched_for == A_SCRIPT:
            came_by = counts.admitted(page.page, now, source)
        else:
            came_by = counts.count(page.page, now, source=source, user_agent=user_agent)
    elif page.leads_to is not None:
        headers = storefront(request).security_headers()
        return RedirectResponse(page.leads_to, 302, {**headers, "Cache-Control": "no-cache"})
    asked = Asked(locale_for(language), source=came_by)
    return rendered(request, page.seen_by(bearer_of(page, given, passes)), now, asked)
