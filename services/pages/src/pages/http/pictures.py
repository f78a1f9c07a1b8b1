"""For anybody: a page's cover, its card for links (Open Graph), and its address as a QR code."""

import io
from datetime import datetime
from functools import partial

import segno
from chassis.api import WithDatabase
from chassis.pictures import NotAPicture
from chassis.problems import problems
from fastapi import APIRouter, Request
from fastapi.responses import Response
from storefront.formats import instant, money

from pages import pictures
from pages.errors import PictureUnknown, StorageUnavailable
from pages.http.seen_pages import SeenPage
from pages.models import MirroredProduct
from pages.ports import Previews
from pages.ready_pictures import ReadyPictures
from pages.settings import PagesSettings
from pages.views import PublicPage, VisibleState

A_DAY = "public, max-age=86400"
A_CARD = "public, max-age=300"
"""Those who show links fetch a card once and keep it as they like."""
router = APIRouter(tags=["pages"])


@router.get(
    "/p/{shortId}/cover.webp",
    operation_id="showCover",
    summary="The page's cover: the preview of a product, 1600 by 900",
    response_class=Response,
    responses={200: {"content": {"image/webp": {}}}, **problems(404, 422, 429, 503)},
)
async def cover(page: SeenPage, request: Request) -> Response:
    shown = page.cover
    if shown is None:
        raise PictureUnknown
    ready: ReadyPictures = request.app.state.pictures
    drawn = await ready.of(("cover", *_version(shown)), partial(_cover, request.app.state.previews, shown))
    return Response(drawn, media_type="image/webp", headers={"Cache-Control": A_DAY})


async def _cover(previews: Previews, product: MirroredProduct) -> partial[bytes]:
    """Raises PictureUnknown where there is nothing that can be drawn, StorageUnavailable."""
    content = await previews.read(str(product.preview_storage_key))
    if content is None:
        raise PictureUnknown
    return partial(_drawn_cover, content)


def _drawn_cover(content: bytes) -> bytes:
    try:
        return pictures.cover(content)
    except NotAPicture as error:
        raise PictureUnknown from error


@router.get(
    "/p/{shortId}/card.png",
    operation_id="showCard",
    summary="The picture that a link to the page is shown with (Open Graph), 1200 by 630",
    response_class=Response,
    responses={200: {"content": {"image/png": {}}}, **problems(404, 422, 429, 503)},
)
async def card(page: SeenPage, request: Request, db: WithDatabase) -> Response:
    facts, shown = _facts(page, db.clock.now()), page.cover
    ready: ReadyPictures = request.app.state.pictures
    subject = ("card", facts, *(_version(shown) if shown else ()))
    drawn = await ready.of(subject, partial(_card, request.app.state.previews, facts, shown))
    return Response(drawn, media_type="image/png", headers={"Cache-Control": A_CARD})


async def _card(previews: Previews, facts: pictures.Card, shown: MirroredProduct | None) -> partial[bytes]:
    """Without the cover where the object store has none, or does not answer."""
    content = None
    if shown is not None:
        try:
            content = await previews.read(str(shown.preview_storage_key))
        except StorageUnavailable:
            content = None
    return partial(_drawn_card, facts, content)


def _drawn_card(facts: pictures.Card, content: bytes | None) -> bytes:
    try:
        return pictures.card(facts, content)
    except NotAPicture:
        return pictures.card(facts)


def _version(product: MirroredProduct) -> tuple[str, int]:
    return str(product.preview_storage_key), product.version


def _facts(page: PublicPage, now: datetime) -> pictures.Card:
    return pictures.Card(
        title=page.title,
        creator_name=page.creator_name,
        price=_price(page.for_sale(now)),
        when=_when(page, now),
        accent=page.page.customization.get("accent"),
    )


def _price(products: list[MirroredProduct]) -> str:
    """The lowest of them; products in several currencies have none in common."""
    if not products or len({product.currency for product in products}) > 1:
        return ""
    lowest = min(product.price_in_cents for product in products)
    written = money(lowest, products[0].currency) if lowest else "Free"
    return written if all(product.price_in_cents == lowest for product in products) else f"from {written}"


def _when(page: PublicPage, now: datetime) -> str:
    zone = page.page.time_zone
    match page.state(now):
        case VisibleState.PRE_LAUNCH:
            return f"Opens {instant(page.launch_at, zone)}"
        case VisibleState.LIVE:
            return f"Until {instant(page.closes_at, zone)}"
        case VisibleState.SOLD_OUT:
            return "Sold out"
        case VisibleState.EXPIRED:
            return "This page has closed"


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
    return Response(drawn.getvalue(), media_type="image/svg+xml", headers={"Cache-Control": A_DAY})
