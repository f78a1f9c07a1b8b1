"""A page as an HTML answer: what is asked for, rendered once for all who ask in the same moment."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from chassis import telemetry
from chassis.errors import Problem
from fastapi import Request
from fastapi.responses import HTMLResponse
from storefront import Storefront, views

from pages.errors import PageUnknown
from pages.http.ready_answers import Answer, ReadyAnswers
from pages.http.seen_pages import seen_page
from pages.http.shown_page import sales_view
from pages.settings import PagesSettings
from pages.views import PublicPage, VisibleState

MOST_CACHED_SECONDS = 2
COUNTED_ANEW = timedelta(seconds=1)
"""How old the seconds of a rendered countdown may be; where scripts run, they put it right at once."""


def storefront(request: Request) -> Storefront:
    shop: Storefront = request.app.state.shop
    return shop


async def asked_page(request: Request, short_id: str) -> PublicPage | HTMLResponse:
    """The page, or what to answer where nobody may see one: 404, 429 and 503 as pages of their own."""
    shop = storefront(request)
    try:
        return await seen_page(request, short_id)
    except PageUnknown:
        return HTMLResponse(shop.show(views.PageNotFound()), 404, shop.security_headers())
    except Problem as problem:
        return _problem(shop, problem)


def _problem(shop: Storefront, problem: Problem) -> HTMLResponse:
    shown = views.Problem(
        title=problem.title,
        detail=problem.detail or "",
        status=problem.status,
        request_id=telemetry.request_id.get(),
    )
    headers = {**shop.security_headers(private=True), **problem.headers}
    return HTMLResponse(shop.show(shown), problem.status, headers)


@dataclass(frozen=True)
class Asked:
    """As what a page is to be shown, in whose language, and to who came by which source (`utm_source`)."""

    locale: str
    kind: type[views.SalesPage] = views.SalesPage
    source: str | None = None


def rendered(request: Request, page: PublicPage, now: datetime, asked: Asked) -> HTMLResponse:
    """`page` as it was `asked` for, with the policy that fits."""
    shop = storefront(request)
    settings: PagesSettings = request.app.state.settings
    ready: ReadyAnswers = request.app.state.rendered
    if page.bearer is None:
        variant = f"{asked.kind.__name__} {asked.locale} {asked.source or ''}"
        answer = ready.of(page, now, lambda: _answer(shop, page, now, asked), variant=variant)
    else:
        answer = _answer(shop, page, now, asked)
    headers = shop.security_headers(
        form_actions=[settings.stripe_checkout_origin], embeddable=asked.kind is views.EmbeddedSalesPage
    )
    headers["Cache-Control"] = _cache_control(answer, now) if page.bearer is None else "no-store"
    headers["Vary"] = "Accept-Language"
    return HTMLResponse(answer.content, 410 if page.state(now) is VisibleState.EXPIRED else 200, headers)


def _answer(shop: Storefront, page: PublicPage, now: datetime, asked: Asked) -> Answer:
    shown = sales_view(page, shop.public_url, now, asked.kind, asked.source)
    content = shop.show(shown, locale=asked.locale).encode()
    if shown.next_change is None:  # expired: only its creator can change what it shows
        return Answer(content, made_at=now, until=None, changes_at=None)
    until = min(shown.next_change, now + COUNTED_ANEW)
    return Answer(content, made_at=now, until=until, changes_at=shown.next_change)


def _cache_control(answer: Answer, now: datetime) -> str:
    """Never beyond the instant at which the page shows something else, less a second for the way."""
    if answer.changes_at is None:
        return "no-cache"
    seconds = int((answer.changes_at - now).total_seconds()) - 1
    return f"public, max-age={min(MOST_CACHED_SECONDS, seconds)}" if seconds > 0 else "no-cache"
