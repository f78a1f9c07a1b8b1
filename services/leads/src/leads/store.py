"""Queries worth a name."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis import tables
from chassis.db import Session
from contracts.pages import PageStatus
from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlmodel import col

from leads.models import Confirmation, MirroredPage, MirroredProduct, Registration


def page_of_short_id(short_id: str) -> Select[MirroredPage]:
    return select(MirroredPage).where(col(MirroredPage.short_id) == short_id)


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


async def registered(session: Session, registration: Registration) -> Registration:
    """The one registration of this address on this page, for change: `registration` itself when it is the first.

    The same two statements for a known address as for a new one.
    """
    row = registration.model_dump()
    await session.execute(pg_insert(Registration).values(row).on_conflict_do_nothing())
    query = registration_of_address(registration.sales_page_id, registration.email)
    return (await session.execute(query.with_for_update())).scalar_one()


def registration_of_address(page_id: UUID, email: str) -> Select[Registration]:
    same_address = func.lower(col(Registration.email)) == email.lower()
    return select(Registration).where(same_address, col(Registration.sales_page_id) == page_id)


async def registration_to_change(session: Session, registration_id: UUID) -> Registration | None:
    found: Registration | None = await session.get(Registration, registration_id, with_for_update=True)
    return found


def asked_since(registration_id: UUID, since: datetime) -> Select[datetime]:
    """When this registrant was asked to confirm, since `since`; the latest first."""
    asked_at = col(Confirmation.asked_at)
    return (
        select(asked_at)
        .where(col(Confirmation.registration_id) == registration_id, asked_at > since)
        .order_by(asked_at.desc())
    )


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
    registrations: int
    confirmed: int
    notified: int
    bought: int


async def campaign(session: Session, page_id: UUID) -> CampaignFigures:
    counts = select(
        func.count().label("registrations"),
        func.count(col(Registration.confirmed_at)).label("confirmed"),
        func.count(col(Registration.notified_at)).label("notified"),
        func.count(col(Registration.order_id)).label("bought"),
    ).where(col(Registration.sales_page_id) == page_id)
    return CampaignFigures(**(await session.execute(counts)).mappings().one())


def registrations_to_tell(now: datetime, limit: int) -> Select[Registration]:
    """Confirmed registrants of open pages who were not told, each for one teller alone."""
    return (
        select(Registration)
        .join(MirroredPage, col(MirroredPage.id) == col(Registration.sales_page_id))
        .where(
            col(MirroredPage.status) == PageStatus.PUBLISHED.value,
            col(MirroredPage.launch_at) <= now,
            col(MirroredPage.expires_at) > now,
            col(Registration.confirmed_at).is_not(None),
            col(Registration.notified_at).is_(None),
            col(Registration.order_id).is_(None),
        )
        .limit(limit)
        .with_for_update(of=Registration, skip_locked=True)
    )


def next_launch(now: datetime) -> Select[datetime]:
    """The instant at which somebody may next have to be told."""
    return select(func.min(col(MirroredPage.launch_at))).where(
        col(MirroredPage.launch_at) > now, col(MirroredPage.status) == PageStatus.PUBLISHED.value
    )


async def unsent_mails(session: Session, kind: str) -> int:
    """How many mails of `kind` wait to be sent."""
    mails = tables.mails
    query = select(func.count()).where(mails.c.kind == kind, mails.c.sent_at.is_(None))
    return (await session.execute(query)).scalar_one()
