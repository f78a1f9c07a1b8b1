"""A creator's orders as a file that opens safely in a spreadsheet."""

from collections.abc import AsyncIterator, Sequence
from uuid import UUID

from chassis.api import WithDatabase
from chassis.db import Database
from chassis.problems import problems
from chassis.scopes import ReadsOrders
from chassis.spreadsheet import line
from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from checkout import store
from checkout.http.orders import OrderView, Wanted
from checkout.models import Order
from checkout.store import OrderFilter

BATCH = 500
COLUMNS = tuple(OrderView.model_fields)
router = APIRouter(tags=["orders"])


class CsvResponse(StreamingResponse):
    media_type = "text/csv"


@router.get(
    "/v1/orders.csv",
    operation_id="exportOrders",
    summary="Your orders as CSV, newest first",
    response_class=CsvResponse,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}, **problems(401, 422)},
)
async def export_orders(principal: ReadsOrders, db: WithDatabase, wanted: Wanted) -> CsvResponse:
    lines = _lines(db, principal.creator_id, wanted)
    return CsvResponse(lines, headers={"Content-Disposition": 'attachment; filename="orders.csv"'})


async def _lines(db: Database, creator_id: UUID, wanted: OrderFilter) -> AsyncIterator[str]:
    """The whole file, a batch at a time: no transaction lasts as long as a slow reader."""
    yield line([OrderView.model_fields[name].alias for name in COLUMNS])
    before: UUID | None = None
    while True:
        batch = await _batch(db, creator_id, wanted, before)
        if not batch:
            return
        yield "".join(line([getattr(order, name) for name in COLUMNS]) for order in batch)
        before = batch[-1].id


async def _batch(db: Database, creator_id: UUID, wanted: OrderFilter, before: UUID | None) -> Sequence[Order]:
    async with db.reading(replica=True) as reading:
        return await store.orders_of(reading, creator_id, wanted, before, BATCH)
