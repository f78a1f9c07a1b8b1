"""Mails about sales, left by the links in them (RFC 8058), as well as in the account."""

from typing import Annotated

from chassis.api import InTransaction
from chassis.problems import problems
from chassis.ratelimit import per_address
from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from storefront import account

from catalog.http.account import GivenToken, Token, ask_first
from catalog.http.needs import WithLinks, WithStorefront
from catalog.links import NOTICES_PATH
from catalog.use_cases.leave_notices import leave_notices

router = APIRouter(tags=["notifications"])
LINK_PRESSED = Depends(per_address("notice-links", 60, 60))
OneClickToken = Annotated[Token, Query(description="Stands in the address because RFC 8058 leaves no other place")]


@router.post(
    "/v1/notifications/stop",
    status_code=204,
    summary="Turn mails of a kind off with the token of one",
    dependencies=[LINK_PRESSED],
    responses=problems(404, 422, 429),
)
async def post_stop(given: GivenToken, links: WithLinks, tx: InTransaction) -> None:
    await leave_notices(tx, *links.notice_of(given.token))


@router.post(
    "/v1/notifications/unsubscribe",
    status_code=204,
    summary="Turn mails of a kind off with one click in a mail program (RFC 8058)",
    responses=problems(404, 422),
)
async def post_unsubscribe(token: OneClickToken, links: WithLinks, tx: InTransaction) -> None:
    await leave_notices(tx, *links.notice_of(token))


@router.get(
    "/v1/notifications/unsubscribe",
    summary="Lead whoever follows the link by hand to the page that asks first",
    status_code=303,
    response_class=RedirectResponse,
    responses=problems(404, 422),
)
async def get_unsubscribe(token: OneClickToken, links: WithLinks) -> Response:
    return RedirectResponse(links.notices_url(*links.notice_of(token)), 303)


@router.get(NOTICES_PATH, summary="The page that asks before it turns mails off", response_class=HTMLResponse)
async def get_notices_page(shop: WithStorefront) -> HTMLResponse:
    return ask_first(shop, account.LeaveNotices(action_url="/api/catalog/v1/notifications/stop"))
