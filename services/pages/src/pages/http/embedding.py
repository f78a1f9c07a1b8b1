"""For other sites: a page in a frame, and how to show it (oEmbed 1.0, https://oembed.com)."""

from typing import Annotated, Literal

from chassis.api import ResponseModel, WithDatabase
from chassis.problems import problems
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import ConfigDict
from storefront import locale_for, views

from pages.embed_code import HEIGHT, WIDTH, embed_code
from pages.errors import PageUnknown
from pages.http.html import Language
from pages.http.rendering import Asked, asked_page, rendered, storefront
from pages.http.seen_pages import ShortId, seen_page
from pages.pictures import CARD
from pages.views import PublicPage, VisibleState

KEPT_SECONDS = 300
router = APIRouter(tags=["embedding"])


class OEmbed(ResponseModel):
    """As oEmbed names its fields."""

    model_config = ConfigDict(alias_generator=None)

    version: Literal["1.0"] = "1.0"
    type: Literal["rich"] = "rich"
    html: str
    width: int
    height: int
    title: str
    author_name: str
    provider_name: str = "Temporary Pages"
    provider_url: str
    cache_age: int = KEPT_SECONDS
    thumbnail_url: str
    thumbnail_width: int = CARD[0]
    thumbnail_height: int = CARD[1]


@router.get(
    "/p/{shortId}/embed",
    operation_id="showEmbeddedPage",
    summary="The page in short, for a frame of any other site",
    response_class=HTMLResponse,
    responses={
        404: {"description": "No such page"},
        410: {"description": "Expired: it says so"},
        429: {"description": "Too many pages asked for that are not there"},
        503: {"description": "Published a moment ago: try again"},
    },
)
async def embedded_page(request: Request, short_id: ShortId, db: WithDatabase, language: Language = None) -> Response:
    page = await asked_page(request, short_id)
    if not isinstance(page, PublicPage):
        return page
    return rendered(request, page, db.clock.now(), Asked(locale_for(language), views.EmbeddedSalesPage))


Size = Annotated[int | None, Query(ge=1, le=10_000)]


@router.get(
    "/v1/oembed",
    operation_id="showOEmbed",
    summary="How to show a page on another site (oEmbed 1.0)",
    responses=problems(404, 422, 429, 503),
)
async def oembed(
    request: Request,
    response: Response,
    db: WithDatabase,
    url: Annotated[str, Query(max_length=2000, description="A page's address")],
    _format: Annotated[Literal["json"], Query(alias="format")] = "json",
    maxwidth: Size = None,
    maxheight: Size = None,
) -> OEmbed:
    """404 for what is no page's address here, and for a page that has expired."""
    public_url = storefront(request).public_url
    page = await seen_page(request, _short_id(url, public_url))
    if page.state(db.clock.now()) is VisibleState.EXPIRED:
        raise PageUnknown
    address = f"{public_url}/p/{page.page.short_id}"
    width, height = min(WIDTH, maxwidth or WIDTH), min(HEIGHT, maxheight or HEIGHT)
    response.headers["Cache-Control"] = f"public, max-age={KEPT_SECONDS}"
    return OEmbed(
        html=embed_code(address, page.title, width, height),
        width=width,
        height=height,
        title=page.title,
        author_name=page.creator_name,
        provider_url=public_url,
        thumbnail_url=f"{address}/card.png",
    )


def _short_id(url: str, public_url: str) -> str:
    """Of a page's address, with whatever stands behind it; nothing that could be one of any other address."""
    begin = f"{public_url}/p/"
    path = url.removeprefix(begin) if url.startswith(begin) else ""
    return path.partition("?")[0].partition("#")[0].rstrip("/")
