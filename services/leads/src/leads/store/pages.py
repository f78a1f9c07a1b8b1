"""Pages, and what they are called."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from chassis.db import Session
from contracts.pages import PageStatus
from sqlalchemy import ColumnElement, Select, select
from sqlmodel import col

from leads.models import EarlyAccessWave, MirroredPage, MirroredProduct


def page_of_short_id(short_id: str) -> Select[MirroredPage]:
    return select(MirroredPage).where(col(MirroredPage.short_id) == short_id)


def is_open(now: datetime, page: type[MirroredPage] = MirroredPage) -> Sequence[ColumnElement[bool]]:
    """Of a page that sells now; its own expiry first, which is the cheaper to look at."""
    return (
        col(page.status) == PageStatus.PUBLISHED.value,
        col(page.launch_at) <= now,
        col(page.expires_at) > now,
        col(page.closes_at) > now,
    )


async def page(session: Session, page_id: UUID) -> MirroredPage:
    """The page, which is known to be mirrored."""
    return await session.get_one(MirroredPage, page_id)


async def page_to_change(session: Session, page_id: UUID) -> MirroredPage:
    """The page, which is known to be mirrored, as it is now; nobody else changes what belongs to it meanwhile."""
    return await session.get_one(MirroredPage, page_id, with_for_update=True)


async def page_of_creator(session: Session, page_id: UUID, creator_id: UUID) -> MirroredPage | None:
    """The page, when it is this creator's."""
    found = await session.get(MirroredPage, page_id)
    return found if found is not None and found.creator_id == creator_id else None


async def title_of(session: Session, page: MirroredPage) -> str | None:
    """What the page calls itself: its own title, else its product's name; None while that is on its way."""
    if page.title:
        return page.title
    product = await session.get(MirroredProduct, page.product_id)
    return product.name if product else None


async def chosen_waves(session: Session, page_id: UUID) -> list[EarlyAccessWave]:
    """The early access that the page's creator chose, the earliest wave first."""
    query = select(EarlyAccessWave).where(col(EarlyAccessWave.page_id) == page_id)
    ordered = query.order_by(col(EarlyAccessWave.minutes_before).desc())
    return list((await session.execute(ordered)).scalars())
