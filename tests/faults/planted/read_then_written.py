"""Planted: downloads counted by a read, and then a write of what was read and one more."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.db import Session
from delivery import store
from delivery.models import WINDOW, DownloadGrant
from delivery.use_cases import redeem_link
from delivery.use_cases.redeem_link import Asked, Counted
from sqlalchemy import update
from sqlmodel import col, select

from tests.faults.planted.entry import plant, start


class Alone:
    """Each is counted by itself, as if every buyer had met another gateway."""

    def __init__(self, work: Callable[[list[Asked]], Awaitable[list[Counted]]], key: object) -> None:
        self._work = work

    async def do(self, asked: Asked) -> Counted:
        return (await self._work([asked]))[0]


async def look_at_grants(session: Session, token_hashes: Sequence[str]) -> dict[str, DownloadGrant]:
    found = await session.execute(select(DownloadGrant).where(col(DownloadGrant.token_hash).in_(token_hashes)))
    return {grant.token_hash: grant for grant in found.scalars()}


async def take_attempts(session: Session, asking: Sequence[tuple[UUID, UUID, Any]], now: datetime) -> set[UUID]:
    grant, ((grant_id, attempt_id, _),) = DownloadGrant, asking
    used = (await session.get_one(DownloadGrant, grant_id)).attempts_used
    await asyncio.sleep(0.1)
    counted = {"attempts_used": used + 1, "window_ends_at": now + WINDOW, "window_attempt_id": attempt_id}
    statement = update(grant).where(col(grant.id) == grant_id).values(**counted, version=col(grant.version) + 1)
    options = {"populate_existing": True, "synchronize_session": False}
    await session.execute(statement.returning(grant).execution_options(**options))
    return {grant_id}


plant(redeem_link, "Batches", Alone)
plant(store, "lock_grants", look_at_grants)
plant(store, "take_attempts", take_attempts)
start()
