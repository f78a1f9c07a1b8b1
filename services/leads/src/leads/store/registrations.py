"""Registrations, one by one, as lists and as figures."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.db import Session
from sqlalchemy import BigInteger, Select, cast, func, select
from sqlalchemy.dialects.postgresql import Insert
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlmodel import col

from leads.models import (
    Confirmation,
    MirroredCreator,
    MirroredPage,
    MirroredViews,
    Purpose,
    Registration,
    WaitingListOffer,
)


def register(registration: Registration) -> Insert:
    """The same statement for a known address as for a new one."""
    address: list[Any] = [func.lower(col(Registration.email)), col(Registration.sales_page_id)]
    as_it_is = {"email": col(Registration.email)}
    statement = pg_insert(Registration).values(registration.model_dump())
    return statement.on_conflict_do_update(index_elements=address, set_=as_it_is)


async def registered(session: Session, registration: Registration) -> Registration:
    """The one registration of this address on this page, for change: `registration` itself when it is the first."""
    return (await session.execute(register(registration).returning(Registration))).scalar_one()


async def registration_to_change(session: Session, registration_id: UUID) -> Registration | None:
    found: Registration | None = await session.get(Registration, registration_id, with_for_update=True)
    return found


def asked_since(registration_id: UUID, purpose: Purpose, since: datetime) -> Select[datetime]:
    """When this registrant was asked to confirm, since `since`; the latest first."""
    asked_at = col(Confirmation.asked_at)
    return (
        select(asked_at)
        .where(
            col(Confirmation.registration_id) == registration_id,
            col(Confirmation.purpose) == purpose.value,
            asked_at > since,
        )
        .order_by(asked_at.desc())
    )


def asked_by_mail(email: str, since: datetime) -> Select[int]:
    """How often this address was asked to confirm anything, on whatever page, since `since`."""
    return (
        select(func.count())
        .select_from(Registration)
        .join(Confirmation, col(Confirmation.registration_id) == col(Registration.id))
        .where(func.lower(col(Registration.email)) == func.lower(email), col(Confirmation.asked_at) > since)
    )


async def purposes_asked(session: Session, registration_id: UUID) -> set[str]:
    """What this registrant was ever asked to confirm."""
    query = select(col(Confirmation.purpose)).where(col(Confirmation.registration_id) == registration_id)
    return set((await session.execute(query.distinct())).scalars())


def registrations(page_id: UUID, *, before: UUID | None, confirmed: bool | None, limit: int) -> Select[Registration]:
    """A page's registrations, newest first, from the one before `before`."""
    query = select(Registration).where(col(Registration.sales_page_id) == page_id)
    if before is not None:
        query = query.where(col(Registration.id) < before)
    if confirmed is not None:
        known = col(Registration.confirmed_at)
        query = query.where(known.is_not(None) if confirmed else known.is_(None))
    return query.order_by(col(Registration.id).desc()).limit(limit)


async def answered_fields(session: Session, page_id: UUID) -> list[str]:
    """The names of all custom fields that were ever answered on this page, sorted."""
    names = func.jsonb_object_keys(col(Registration.custom_fields)).label("name")
    query = select(names).where(col(Registration.sales_page_id) == page_id).distinct().order_by("name")
    return list((await session.execute(query)).scalars())


@dataclass(frozen=True)
class CampaignFigures:
    views: int
    registrations: int
    confirmed: int
    notified: int
    early_access: int
    waiting: int
    offered: int
    bought: int


async def campaign(session: Session, page_id: UUID) -> CampaignFigures:
    offers = select(func.count()).where(col(WaitingListOffer.sales_page_id) == page_id)
    views = select(func.coalesce(func.sum(col(MirroredViews.views)), 0)).where(col(MirroredViews.id) == page_id)
    counts = select(
        cast(views.scalar_subquery(), BigInteger).label("views"),
        func.count().label("registrations"),
        func.count(col(Registration.confirmed_at)).label("confirmed"),
        func.count(col(Registration.notified_at)).label("notified"),
        func.count(col(Registration.early_access_from)).label("early_access"),
        func.count(col(Registration.waiting_since)).label("waiting"),
        offers.scalar_subquery().label("offered"),
        func.count(col(Registration.order_id)).label("bought"),
    ).where(col(Registration.sales_page_id) == page_id)
    return CampaignFigures(**(await session.execute(counts)).mappings().one())


def registrations_of_erased(limit: int) -> Select[Registration]:
    """Registrations for pages of creators who were erased."""
    return (
        select(Registration)
        .join(MirroredPage, col(MirroredPage.id) == col(Registration.sales_page_id))
        .join(MirroredCreator, col(MirroredCreator.id) == col(MirroredPage.creator_id))
        .where(col(MirroredCreator.erased))
        .limit(limit)
        .with_for_update(of=Registration, skip_locked=True)
    )
