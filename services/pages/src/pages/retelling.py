"""What pages tells anew to who rebuilds a read model."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from chassis.db import Session
from chassis.read_models import Retelling, page_after
from contracts import Event
from contracts.pages import PageStatus
from sqlmodel import col, select

from pages.models import SalesPage, ViewTotal


async def pages(session: Session, last: UUID | None, now: datetime) -> Sequence[Event]:
    """All but drafts, which are told to nobody."""
    told = select(SalesPage).where(col(SalesPage.status) != PageStatus.DRAFT)
    page = page_after(told, col(SalesPage.id), last)
    return [each.retold(now) for each in (await session.execute(page)).scalars()]


async def views(session: Session, last: UUID | None, _now: datetime) -> Sequence[Event]:
    page = page_after(select(ViewTotal), col(ViewTotal.page_id), last)
    return [total.retold() for total in (await session.execute(page)).scalars()]


RETELLINGS: Mapping[str, Retelling] = {"page": pages, "views": views}
