"""Who is to be told that a page opens."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from chassis import tables
from chassis.db import Session
from contracts.pages import PageStatus
from sqlalchemy import ColumnElement, Select, SQLColumnExpression, exists, func, literal, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from leads.models import EarlyAccessWave, MirroredPage, Registration
from leads.store.pages import is_open

FEW_ATTEMPTS = 4
"""After which a mail is on its own: a quarter of a minute from the first."""
MINUTE = literal(timedelta(minutes=1))


def _is_to_be_told() -> Sequence[ColumnElement[bool]]:
    """Who confirmed, was not told yet and has not bought; who waits for a unit is written to about that alone."""
    return (
        col(Registration.confirmed_at).is_not(None),
        col(Registration.notified_at).is_(None),
        col(Registration.order_id).is_(None),
        col(Registration.waiting_since).is_(None),
    )


def _has_somebody_to_tell() -> ColumnElement[bool]:
    return exists().where(col(Registration.sales_page_id) == col(MirroredPage.id), *_is_to_be_told())


def pages_to_tell_of(now: datetime, limit: int) -> Select[UUID]:
    """Open pages that have somebody to tell, those that close first before the others."""
    query = select(col(MirroredPage.id)).where(*is_open(now), _has_somebody_to_tell())
    return query.order_by(col(MirroredPage.closes_at)).limit(limit)


def next_launch(now: datetime) -> Select[datetime]:
    """The instant at which somebody may next have to be told."""
    return select(func.min(col(MirroredPage.launch_at))).where(
        col(MirroredPage.launch_at) > now, col(MirroredPage.status) == PageStatus.PUBLISHED.value
    )


def _has_places(now: datetime) -> ColumnElement[bool]:
    """Of a page in its early access: no waves are chosen, or those that have begun admit more than entered."""
    wave = EarlyAccessWave
    of_page = col(wave.page_id) == col(MirroredPage.id)
    begun = of_page & (col(MirroredPage.launch_at) - col(wave.minutes_before) * MINUTE <= now)
    places = select(func.coalesce(func.sum(col(wave.registrants)), 0)).where(begun).scalar_subquery()
    entered = told_early(col(MirroredPage.id)).scalar_subquery()
    return ~exists().where(of_page) | exists().where(begun, col(wave.registrants).is_(None)) | (places > entered)


def pages_with_early_access(now: datetime, limit: int) -> Select[MirroredPage]:
    """Pages in their early access that have somebody to tell and a place for them, each for one teller alone."""
    launch_at = col(MirroredPage.launch_at)
    return (
        select(MirroredPage)
        .where(
            launch_at > now,
            launch_at - col(MirroredPage.early_access_minutes) * MINUTE <= now,
            col(MirroredPage.status) == PageStatus.PUBLISHED.value,
            col(MirroredPage.closes_at) > now,
            _has_somebody_to_tell(),
            _has_places(now),
        )
        .order_by(launch_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )


def next_to_tell(page_id: UUID, limit: int) -> Select[Registration]:
    """In the order they registered, each for one teller alone."""
    return (
        select(Registration)
        .where(col(Registration.sales_page_id) == page_id, *_is_to_be_told())
        .order_by(col(Registration.id))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )


def told_early(page_id: UUID | SQLColumnExpression[UUID]) -> Select[int]:
    """How many entered already, or may."""
    return select(func.count()).where(
        col(Registration.sales_page_id) == page_id, col(Registration.early_access_from).is_not(None)
    )


def registrations_for_successors(now: datetime, limit: int) -> Select[Registration]:
    """Who asked for the next page, which has opened; not who registered for it too, as they are told of that."""
    following, other = aliased(MirroredPage), aliased(Registration)
    registered_there = exists().where(
        func.lower(col(other.email)) == func.lower(col(Registration.email)),
        col(other.sales_page_id) == col(following.id),
        col(other.confirmed_at).is_not(None),
    )
    return (
        select(Registration)
        .join(MirroredPage, col(MirroredPage.id) == col(Registration.sales_page_id))
        .join(following, col(following.short_id) == col(MirroredPage.successor_short_id))
        .where(
            *is_open(now, following),
            col(Registration.next_wanted_at).is_not(None),
            col(Registration.next_told_at).is_(None),
            ~registered_there,
        )
        .limit(limit)
        .with_for_update(of=Registration, skip_locked=True)
    )


async def unsent_mails(session: Session, kind: str) -> int:
    """How many mails of `kind` may go out soon; not those that were given up, or have failed a few times."""
    mails = tables.mails.c
    soon = (mails.sent_at.is_(None), func.isfinite(mails.due_at), mails.attempts < FEW_ATTEMPTS)
    query = select(func.count()).where(mails.kind == kind, *soon)
    return (await session.execute(query)).scalar_one()
