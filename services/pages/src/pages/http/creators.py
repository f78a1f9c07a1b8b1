"""For creators: their pages."""

from typing import Annotated

from chassis.api import (
    IdempotentRoute,
    IfMatch,
    InTransaction,
    Listing,
    Page,
    WithDatabase,
    etag,
    require_match,
)
from chassis.path_ids import PageId
from chassis.problems import problems
from chassis.scopes import ReadsPages, WritesPages
from contracts.pages import PageStatus
from fastapi import APIRouter, Depends, Query, Request, Response

from pages import store
from pages.http.wire import Extension, NewPage, PageChanges, PageView, Relaunch
from pages.models import SalesPage
from pages.use_cases import run_page
from pages.use_cases.create_page import Wanted, create_page
from pages.use_cases.relaunch_page import relaunch_page

router = APIRouter(tags=["creators"], route_class=IdempotentRoute)


class Shower:
    """Shows a page with its address and its ETag."""

    def __init__(self, request: Request, response: Response) -> None:
        self._public_url: str = request.app.state.settings.public_url
        self._clock = request.app.state.db.clock
        self._response = response

    def view(self, page: SalesPage) -> PageView:
        return PageView.of(page, self._public_url, self._clock.now())

    def answer(self, page: SalesPage) -> PageView:
        self._response.headers["ETag"] = etag(page.version)
        return self.view(page)


async def _shower(request: Request, response: Response) -> Shower:
    return Shower(request, response)


Show = Annotated[Shower, Depends(_shower)]


@router.post(
    "/v1/pages",
    status_code=201,
    operation_id="createPage",
    summary="Draft a page",
    responses=problems(401, 409, 422, 503),
)
async def create(new: NewPage, who: WritesPages, tx: InTransaction, show: Show) -> PageView:
    columns = new.columns()
    wanted = Wanted(product_ids=columns.pop("product_ids"), columns=columns)
    return show.answer(await create_page(tx, who.creator_id, wanted))


@router.get("/v1/pages", operation_id="listPages", summary="Your pages, newest first", responses=problems(401, 422))
async def list_pages(
    who: ReadsPages,
    db: WithDatabase,
    listing: Listing,
    show: Show,
    status: Annotated[PageStatus | None, Query()] = None,
) -> Page[PageView]:
    query = store.pages_of(who.creator_id, before=listing.before, status=status, limit=listing.limit + 1)
    async with db.reading() as session:
        found = (await session.execute(query)).scalars().all()
    return listing.page(found, show.view)


@router.get(
    "/v1/pages/{pageId}", operation_id="showPage", summary="One of your pages", responses=problems(401, 404, 422)
)
async def show_page(page_id: PageId, who: ReadsPages, db: WithDatabase, show: Show) -> PageView:
    async with db.reading() as session:
        return show.answer(await store.own_page(session, who.creator_id, page_id))


@router.patch(
    "/v1/pages/{pageId}",
    operation_id="changePage",
    summary="Change a page; once it is published, not what it sells nor when it ends",
    responses=problems(401, 404, 409, 412, 422, 428, 503),
)
async def change(
    page_id: PageId, changes: PageChanges, who: WritesPages, tx: InTransaction, show: Show, if_match: IfMatch = None
) -> PageView:
    page = await store.own_page(tx.session, who.creator_id, page_id, to_change=True)
    require_match(if_match, page.version)
    await run_page.change_page(tx, page, changes.columns(page.time_zone))
    return show.answer(page)


@router.delete(
    "/v1/pages/{pageId}",
    status_code=204,
    operation_id="deletePage",
    summary="Delete a draft",
    responses=problems(401, 404, 409, 422),
)
async def delete(page_id: PageId, who: WritesPages, tx: InTransaction) -> None:
    await run_page.delete_page(tx, who.creator_id, page_id)


@router.post(
    "/v1/pages/{pageId}/publish",
    operation_id="publishPage",
    summary="Publish a draft: it launches at its launchAt, or now",
    responses=problems(401, 404, 409, 422, 503),
)
async def publish(page_id: PageId, who: WritesPages, tx: InTransaction, show: Show) -> PageView:
    return show.answer(await run_page.publish_page(tx, who.creator_id, page_id))


@router.post(
    "/v1/pages/{pageId}/extend",
    operation_id="extendPage",
    summary="Let a page end later, for all to see, no more often than its extensionLimit",
    responses=problems(401, 404, 409, 422),
)
async def extend(page_id: PageId, extension: Extension, who: WritesPages, tx: InTransaction, show: Show) -> PageView:
    page = await store.own_page(tx.session, who.creator_id, page_id, to_change=True)
    await run_page.extend_page(tx, page, extension.until(page.time_zone))
    return show.answer(page)


@router.post(
    "/v1/pages/{pageId}/withdraw",
    operation_id="withdrawPage",
    summary="Take a page down at once",
    responses=problems(401, 404, 409, 422),
)
async def withdraw(page_id: PageId, who: WritesPages, tx: InTransaction, show: Show) -> PageView:
    return show.answer(await run_page.withdraw_page(tx, who.creator_id, page_id))


@router.post(
    "/v1/pages/{pageId}/relaunch",
    status_code=201,
    operation_id="relaunchPage",
    summary="Draft the next edition of a page; once it is published, the old address leads there after its expiry",
    responses=problems(401, 404, 409, 422),
)
async def relaunch(
    page_id: PageId, who: WritesPages, tx: InTransaction, show: Show, instants: Relaunch | None = None
) -> PageView:
    page = await store.own_page(tx.session, who.creator_id, page_id)
    chosen = (instants or Relaunch()).columns(page.time_zone)
    return show.answer(await relaunch_page(tx, page, **chosen))
