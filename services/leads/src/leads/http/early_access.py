"""For the page's creator: who may enter before the launch."""

from datetime import datetime, timedelta
from typing import Annotated

from chassis.api import InTransaction, RequestModel, ResponseModel, WithDatabase
from chassis.db import Session
from chassis.problems import problems
from fastapi import APIRouter
from pydantic import Field

from leads import store
from leads.http.dependencies import OwnPage, OwnPageToChange
from leads.models import EarlyAccessWave, MirroredPage, Wave, waves_of
from leads.use_cases import choose_early_access as choice

router = APIRouter(tags=["creators"])

Minutes = Annotated[int, Field(ge=1, le=7 * 24 * 60, strict=True, examples=[30])]
Registrants = Annotated[int, Field(ge=1, le=10_000_000, strict=True, examples=[100])]


class WaveRequest(RequestModel):
    """The next `registrants` who confirmed, in the order they registered; null: all who are left."""

    minutes_before: Minutes
    registrants: Registrants | None = None


class EarlyAccessRequest(RequestModel):
    """The earliest first; none: all at once, as early as the page's `earlyAccessMinutes`."""

    waves: Annotated[list[WaveRequest], Field(max_length=20)]


class WaveView(ResponseModel):
    minutes_before: int
    registrants: int | None
    opens_at: datetime


class EarlyAccessView(ResponseModel):
    """The waves as they will enter, and how many were told already. Without waves nobody enters early."""

    early_access_minutes: int
    waves: list[WaveView]
    told: int


@router.get(
    "/v1/pages/{pageId}/early-access",
    operation_id="readEarlyAccess",
    summary="Who may enter a page before its launch, in waves",
    responses=problems(401, 404, 422),
)
async def read_early_access(page: OwnPage, db: WithDatabase) -> EarlyAccessView:
    async with db.reading() as session:
        return await _view(session, page, await store.chosen_waves(session, page.id))


@router.put(
    "/v1/pages/{pageId}/early-access",
    operation_id="chooseEarlyAccess",
    summary="Say who may enter a page before its launch, in waves",
    responses=problems(401, 404, 422),
)
async def choose_early_access(page: OwnPageToChange, body: EarlyAccessRequest, tx: InTransaction) -> EarlyAccessView:
    waves = [Wave(wave.minutes_before, wave.registrants) for wave in body.waves]
    await choice.choose_early_access(tx, page.id, waves)
    return await _view(tx.session, page, await store.chosen_waves(tx.session, page.id))


async def _view(session: Session, page: MirroredPage, chosen: list[EarlyAccessWave]) -> EarlyAccessView:
    waves = [
        WaveView(
            minutes_before=wave.minutes_before,
            registrants=wave.registrants,
            opens_at=page.launch_at - timedelta(minutes=wave.minutes_before),
        )
        for wave in waves_of(page.early_access_minutes, chosen)
    ]
    told = (await session.execute(store.told_early(page.id))).scalar_one()
    return EarlyAccessView(early_access_minutes=page.early_access_minutes, waves=waves, told=told)
