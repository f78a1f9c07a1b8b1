"""For anybody: the page itself, in each of its states, and its QR code."""

import io
from datetime import datetime, timedelta
from typing import Annotated

import segno
from chassis import telemetry
from chassis.api import WithDatabase
from chassis.errors import Problem
from chassis.problems import problems
from contracts.pages import FormField
from fastapi import APIRouter, Header, Request
from fastapi.responses import HTMLResponse, Response
from storefront import Storefront, locale_for, views

from pages.errors import PageUnknown
from pages.http.public import SeenPage, ShortId, seen_page
from pages.http.ready_answers import Answer, ReadyAnswers
from pages.settings import PagesSettings
from pages.views import PublicPage, VisibleState

BUY = "/api/checkout/buy"
REGISTER = "/api/leads/v1/public/pages/{}/registrations"
STATUS = "/api/pages/v1/public/pages/{}"
"""As a browser reaches them: through the edge."""
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
        404: {"description": "No such page"},
        410: {"description": "Expired: a page of its own"},
        429: {"description": "Too many pages asked for that are not there"},
        503: {"description": "Published a moment ago: try again"},
    },
)
async def sales_page(request: Request, short_id: ShortId, db: WithDatabase, language: Language = None) -> HTMLResponse:
    shop = _shop(request)
    try:
        page = await seen_page(request, short_id)
    except PageUnknown:
        shown: views.View = views.PageNotFound()
        return HTMLResponse(shop.show(shown), 404, shop.security_headers())
    except Problem as problem:
        return _problem(shop, problem)
    return _answer(request, page, db.clock.now(), locale_for(language))


def _answer(request: Request, page: PublicPage, now: datetime, locale: str) -> HTMLResponse:
    shop, settings = _shop(request), request.app.state.settings
    ready: ReadyAnswers = request.app.state.rendered
    answer = ready.of(page, now, lambda: _rendered(shop, page, now, locale), variant=locale)
    headers = shop.security_headers(form_actions=[settings.stripe_checkout_origin])
    headers["Cache-Control"] = _cache_control(answer, now)
    headers["Vary"] = "Accept-Language"
    return HTMLResponse(answer.content, 410 if page.state(now) is VisibleState.EXPIRED else 200, headers)


def _rendered(shop: Storefront, page: PublicPage, now: datetime, locale: str) -> Answer:
    shown = _sales_page(page, shop.public_url, now)
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


def _sales_page(public: PublicPage, public_url: str, now: datetime) -> views.SalesPage:
    page, says = public.page, public.page.customization
    status_url = STATUS.format(page.short_id)
    page_url = f"{public_url}/p/{page.short_id}"
    return views.SalesPage(
        short_id=page.short_id,
        state=views.SaleState(public.state(now)),
        now=now,
        launch_at=public.launch_at,
        expires_at=public.closes_at,
        title=public.title,
        creator_name=public.creator_name,
        page_url=page_url,
        buy_url=BUY,
        status_url=status_url,
        events_url=f"{status_url}/events",
        time_zone=page.time_zone,
        accent=says.get("accent"),
        description=says.get("descriptionMarkdown") or public.products[0].description,
        refund_policy=says.get("refundPolicy", ""),
        offers=_offers(public, now),
        remaining=public.remaining,
        registration=_registration(public, now),
        farewell=page.after_expiry.get("message", ""),
        qr_url=f"{page_url}/qr.svg",
    )


def _offers(public: PublicPage, now: datetime) -> list[views.Offer]:
    former = public.page.customization.get("formerPriceInCents")
    return [
        views.Offer(
            product_id=str(product.id),
            name=product.name,
            price=product.price_in_cents,
            currency=product.currency,
            former_price=former if former and former > product.price_in_cents else None,
            file=views.FileFacts(name=product.file_name or "", size_bytes=product.file_size_bytes or 0),
        )
        for product in public.for_sale(now)
    ]


def _registration(public: PublicPage, now: datetime) -> views.RegistrationForm | None:
    """Leads takes registrations until the launch."""
    if public.state(now) is not VisibleState.PRE_LAUNCH:
        return None
    questions = [FormField.model_validate(field) for field in public.page.registration_form]
    return views.RegistrationForm(action=REGISTER.format(public.page.short_id), questions=questions)


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
