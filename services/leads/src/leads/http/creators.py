"""For the page's creator: who registered, as a list and as a file; deletion; figures."""

from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

from chassis.api import InTransaction, Listing, Page, WithDatabase
from chassis.db import Database
from chassis.path_ids import RegistrationId
from chassis.problems import problems
from chassis.scopes import WritesRegistrations
from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from leads import store
from leads.http.dependencies import OwnPage
from leads.http.wire import CampaignView, RegistrationView
from leads.models import MirroredPage
from leads.spreadsheet import header, line
from leads.use_cases import delete_registration as deletion

CSV_BATCH = 500
router = APIRouter(tags=["creators"])

Confirmed = Annotated[bool | None, Query(description="Only those who have (or have not) confirmed by mail")]


class CsvResponse(StreamingResponse):
    media_type = "text/csv"


@router.get(
    "/v1/pages/{pageId}/registrations",
    operation_id="listRegistrations",
    summary="A page's registrations, newest first",
    responses=problems(401, 404, 422),
)
async def list_registrations(
    page: OwnPage, db: WithDatabase, listing: Listing, confirmed: Confirmed = None
) -> Page[RegistrationView]:
    query = store.registrations(page.id, before=listing.before, confirmed=confirmed, limit=listing.limit + 1)
    async with db.reading() as session:
        found = (await session.execute(query)).scalars().all()
    return listing.page(found, RegistrationView.model_validate)


@router.get(
    "/v1/pages/{pageId}/registrations.csv",
    operation_id="exportRegistrations",
    summary="A page's registrations as a file that opens safely in a spreadsheet",
    response_class=CsvResponse,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}, **problems(401, 404, 422)},
)
async def export_registrations(page: OwnPage, db: WithDatabase, confirmed: Confirmed = None) -> CsvResponse:
    name = f"registrations-{page.short_id}.csv"
    return CsvResponse(_lines(db, page, confirmed), headers={"Content-Disposition": f'attachment; filename="{name}"'})


async def _lines(db: Database, page: MirroredPage, confirmed: bool | None) -> AsyncIterator[str]:
    """The whole file, a batch at a time: no transaction lasts as long as a slow reader."""
    async with db.reading(replica=True) as session:
        answered = await store.answered_fields(session, page.id)
    fields = list(dict.fromkeys([*(field.name for field in page.form), *answered]))
    yield header(fields)
    before: UUID | None = None
    while True:
        query = store.registrations(page.id, before=before, confirmed=confirmed, limit=CSV_BATCH)
        async with db.reading(replica=True) as session:
            batch = (await session.execute(query)).scalars().all()
        if not batch:
            return
        yield "".join(line(registration, fields) for registration in batch)
        before = batch[-1].id


@router.delete(
    "/v1/registrations/{registrationId:uuid}",
    operation_id="deleteRegistration",
    summary="Delete a registration and all that is personal about it",
    status_code=204,
    responses=problems(401, 404, 422),
)
async def delete_registration(creator: WritesRegistrations, registration_id: RegistrationId, tx: InTransaction) -> None:
    await deletion.delete_registration(tx, registration_id, creator.creator_id)


@router.get(
    "/v1/pages/{pageId}/campaign",
    operation_id="readCampaign",
    summary="How a page's registrations went",
    responses=problems(401, 404, 422),
)
async def read_campaign(page: OwnPage, db: WithDatabase) -> CampaignView:
    async with db.reading(replica=True) as session:
        return CampaignView.model_validate(await store.campaign(session, page.id))
