"""For anybody: the page itself, in each of its states, and its QR code."""

import io
from datetime import datetime, timedelta
from typing import Annotated

import segno
from chassis import telemetry
from chassis.api import WithDatabase
from chassis.errors import Problem
from chassis.problems import problems
from fastapi import APIRouter, Header, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from storefront import Storefront, locale_for, views

from pages.errors import PageUnknown
from pages.http.public import SeenPage, ShortId, seen_page
from pages.http.ready_answers import Answer, ReadyAnswers
from pages.http.shown_page import sales_view
from pages.settings import PagesSettings
from pages.views import PublicPage, VisibleState

MOST_CACHED_SECONDS = 2
COUNTED_ANEW = timedelta(seconds=1)
"""How old the seconds of a rendered countdown may be; where scripts run, they put it right at once."""
Language = Annotated[str | None, Header(alias="Accept-Language", include_in_schema=False)]
router = APIRouter(tags=["pages"])


def _shop(request: Request) -> Storefront:
    shop: Storefront = request.app.state.shop
    return shop


@router.get("/", operation_id="showIndex", summary="What this is", response_class=HTMLResponse)
async def index(request: Request) -> HTMLResponse:
    names = ("catalog", "pages", "checkout", "delivery", "leads")
    documents = [views.Link(url=f"/api/{name}/docs", label=f"{name.capitalize()} API") for name in names]
    shop = _shop(request)
    return HTMLResponse(shop.show(views.Index(api_documents=documents)), headers=shop.security_headers())


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
async def sales_page(request: Request, short_id: ShortId, db: WithDatabase, language: Language = None) -> Response:
    shop = _shop(request)
    try:
        page = await seen_page(request, short_id)
    except PageUnknown:
        shown: views.View = views.PageNotFound()
        return HTMLResponse(shop.show(shown), 404, shop.security_headers())
    except Problem as problem:
        return _problem(shop, problem)
    return _answer(request, page, db.clock.now(), locale_for(language))


def _answer(request: Request, page: PublicPage, now: datetime, locale: str) -> Response:
    shop = _shop(request)
    if page.state(now) is VisibleState.EXPIRED and page.leads_to is not None:
        return RedirectResponse(page.leads_to, 302, {**shop.security_headers(), "Cache-Control": "no-cache"})
    settings = request.app.state.settings
    ready: ReadyAnswers = request.app.state.rendered
    answer = ready.of(page, now, lambda: _rendered(shop, page, now, locale), variant=locale)
    headers = shop.security_headers(form_actions=[settings.stripe_checkout_origin])
    headers["Cache-Control"] = _cache_control(answer, now)
    headers["Vary"] = "Accept-Language"
    return HTMLResponse(answer.content, 410 if page.state(now) is VisibleState.EXPIRED else 200, headers)


def _rendered(shop: Storefront, page: PublicPage, now: datetime, locale: str) -> Answer:
    shown = sales_view(page, shop.public_url, now)
    content = shop.show(shown, locale=locale).encode()
    if shown.next_change is None:  # expired: only its creator can change what it shows
        return Answer(content, made_at=now, until=None, changes_at=None)
    changes_at = min(shown.next_change, page.next_instant(now) or shown.next_change)
    return Answer(content, made_at=now, until=min(changes_at, now + COUNTED_ANEW), changes_at=changes_at)


def _problem(shop: Storefront, problem: Problem) -> HTMLResponse:
    shown = views.Problem(
        title=problem.title,
        detail=problem.detail or "",
        status=problem.status,
        request_id=telemetry.request_id.get(),
    )
    headers = {**shop.security_headers(private=True), **problem.headers}
    return HTMLResponse(shop.show(shown), problem.status, headers)


def _cache_control(answer: Answer, now: datetime) -> str:
    """Never beyond the instant at which the page shows something else, less a second for the way."""
    if answer.changes_at is None:
        return "no-cache"
    seconds = int((answer.changes_at - now).total_seconds()) - 1
    return f"public, max-age={min(MOST_CACHED_SECONDS, seconds)}" if seconds > 0 else "no-cache"


@router.get(
    "/p/{shortId}/qr.svg",
    operation_id="showQrCode",
    summary="The page's address as a QR code",
    response_class=Response,
    responses={200: {"content": {"image/svg+xml": {}}}, **problems(404, 422, 429, 503)},
)
async def qr_code(page: SeenPage, request: Request) -> Response:
    settings: PagesSettings = request.app.state.settings
    drawn = io.BytesIO()
    segno.make(f"{settings.public_url}/p/{page.page.short_id}", error="m").save(drawn, kind="svg", scale=8, border=2)
    headers = {"Cache-Control": "public, max-age=86400"}
    return Response(drawn.getvalue(), media_type="image/svg+xml", headers=headers)
