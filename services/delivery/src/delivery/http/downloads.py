"""For buyers: the download page, and the two questions its script asks. GET and HEAD use nothing up."""

from datetime import datetime
from typing import Annotated

from chassis.addresses import client_address
from chassis.api import RequestModel, ResponseModel, WithDatabase
from chassis.problems import problems
from chassis.ratelimit import per_address
from contracts.catalog import AddressBinding
from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import HTMLResponse
from pydantic import Field
from storefront import Storefront, locale_for, views

from delivery.ports import DOWNLOAD_SECONDS
from delivery.use_cases.redeem_link import Redeemer, Visitor, open_link
from delivery.user_agents import family

STATUS_URL = "/api/delivery/v1/downloads/status"
DOWNLOADS_URL = "/api/delivery/v1/downloads"
"""As a browser reaches them: through the edge."""
router = APIRouter(tags=["buyers"])


class LinkRequest(RequestModel):
    """`token`: what stands behind # in the link. It never stands in an address that a server sees."""

    token: Annotated[str, Field(min_length=20, max_length=100, pattern=r"^[A-Za-z0-9_-]+$")]


class LinkStatus(ResponseModel):
    product_name: str
    file_name: str
    file_type: str
    file_size_bytes: int
    attempts_allowed: int
    attempts_used: int
    attempts_left: int
    expires_at: datetime
    address_binding: AddressBinding
    server_now: datetime


class DownloadAnswer(ResponseModel):
    """`url` serves the file as an attachment for `expiresIn` seconds."""

    url: str
    expires_in: int = DOWNLOAD_SECONDS
    file_name: str


@router.get(
    "/d",
    operation_id="downloadPage",
    summary="The download page; the token stands behind #",
    response_class=HTMLResponse,
)
async def download_page(request: Request, accept_language: Annotated[str | None, Header()] = None) -> HTMLResponse:
    shop: Storefront = request.app.state.shop
    shown = views.Download(status_url=STATUS_URL, downloads_url=DOWNLOADS_URL)
    page = shop.show(shown, locale=locale_for(accept_language))
    return HTMLResponse(page, headers=shop.security_headers(private=True))


@router.post(
    "/v1/downloads/status",
    operation_id="showDownload",
    summary="What a link opens; nothing is counted",
    responses=problems(403, 404, 410, 422, 429),
    dependencies=[Depends(per_address("download-status", 120, 60))],
)
async def show_download(asked: LinkRequest, request: Request, db: WithDatabase) -> LinkStatus:
    grant, product = await open_link(db, asked.token, client_address(request))
    return LinkStatus(
        product_name=product.name,
        file_name=product.file_name or "",
        file_type=product.file_type or "",
        file_size_bytes=product.file_size_bytes or 0,
        attempts_allowed=grant.attempts_allowed,
        attempts_used=grant.attempts_used,
        attempts_left=grant.attempts_allowed - grant.attempts_used,
        expires_at=grant.expires_at,
        address_binding=grant.address_binding,
        server_now=db.clock.now(),
    )


@router.post(
    "/v1/downloads",
    operation_id="download",
    summary="Count an attempt, and say where the file is for a minute",
    responses=problems(403, 404, 410, 422, 429, 503),
    dependencies=[Depends(per_address("download", 60, 60))],
)
async def download(
    asked: LinkRequest,
    request: Request,
    user_agent: Annotated[str | None, Header(include_in_schema=False)] = None,
) -> DownloadAnswer:
    """Asking again within ten minutes is the same attempt: resumes and repeats are free."""
    redeemer: Redeemer = request.app.state.redeemer
    visitor = Visitor(client_address(request), family(user_agent))
    found = await redeemer.redeem_link(asked.token, visitor)
    return DownloadAnswer(url=found.url, file_name=found.file_name)
