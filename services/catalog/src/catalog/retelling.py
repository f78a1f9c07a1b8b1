"""What catalog tells anew to who rebuilds a read model."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from chassis.db import Session
from chassis.read_models import Retelling, page_after
from contracts import Event
from sqlmodel import col, select

from catalog.models import ApiKey, Creator, Product


async def creators(session: Session, last: UUID | None, _now: datetime) -> Sequence[Event]:
    """Those that were erased too: others keep their ids."""
    page = page_after(select(Creator), col(Creator.id), last)
    return [creator.retold() for creator in (await session.execute(page)).scalars()]


async def products(session: Session, last: UUID | None, now: datetime) -> Sequence[Event]:
    """Those of which something was told: not a draft that waits for its file."""
    page = page_after(select(Product).where(col(Product.version) > 1), col(Product.id), last)
    return [product.retold(now) for product in (await session.execute(page)).scalars()]


async def api_keys(session: Session, last: UUID | None, _now: datetime) -> Sequence[Event]:
    page = page_after(select(ApiKey), col(ApiKey.id), last)
    return [key.retold() for key in (await session.execute(page)).scalars()]


RETELLINGS: Mapping[str, Retelling] = {"creator": creators, "product": products, "api-key": api_keys}
