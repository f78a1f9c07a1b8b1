"""How many bought, how many of them never downloaded, and why links were refused."""

from dataclasses import dataclass
from uuid import UUID

from chassis.db import Session
from chassis.errors import NotFound
from sqlalchemy import ColumnElement
from sqlmodel import col

from delivery import store
from delivery.models import DownloadGrant, MirroredPage, MirroredProduct


@dataclass(frozen=True)
class Figures:
    """`refused` counts refusals by outcome; a grant can have many."""

    grants: int
    downloaded: int
    never_downloaded: int
    used_up: int
    revoked: int
    refused: dict[str, int]


async def figures_of_page(session: Session, creator_id: UUID, page_id: UUID) -> Figures:
    """Raises NotFound."""
    _must_be_of(creator_id, await session.get(MirroredPage, page_id))
    return await _figures(session, col(DownloadGrant.sales_page_id) == page_id)


async def figures_of_product(session: Session, creator_id: UUID, product_id: UUID) -> Figures:
    """Raises NotFound."""
    _must_be_of(creator_id, await session.get(MirroredProduct, product_id))
    return await _figures(session, col(DownloadGrant.product_id) == product_id)


def _must_be_of(creator_id: UUID, found: MirroredPage | MirroredProduct | None) -> None:
    if found is None or found.creator_id != creator_id:
        raise NotFound


async def _figures(session: Session, those: ColumnElement[bool]) -> Figures:
    counted = (await session.execute(store.count_grants(those))).one()
    refused = (await session.execute(store.count_refusals(those))).all()
    return Figures(
        grants=counted.grants,
        downloaded=counted.downloaded,
        never_downloaded=counted.grants - counted.downloaded,
        used_up=counted.used_up,
        revoked=counted.revoked,
        refused={row.outcome: row.times for row in refused},
    )
