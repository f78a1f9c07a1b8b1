"""Queries worth a name."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from chassis.errors import NotFound
from contracts.checkout import OrderStatus
from sqlalchemy import ColumnElement, case, func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from catalog.errors import LinkUnknown
from catalog.models import (
    ApiKey,
    Creator,
    File,
    FileUpload,
    Letter,
    LetterPurpose,
    MirroredOrder,
    MirroredPage,
    PageEnd,
    Product,
    ProductStatus,
    Session,
    StripeEvent,
    UploadState,
)


async def creator_by_email(session: AsyncSession, email: str, *, to_change: bool = False) -> Creator | None:
    """Not one who was erased, whose password is no hash.

    Lower case is Python's, by which sign-ins are throttled too: some databases make an `i` of a Turkish one.
    """
    known = col(Creator.erased_at).is_(None)
    query = select(Creator).where(func.lower(col(Creator.email)) == email.lower(), known)
    return (await session.exec(query.with_for_update() if to_change else query)).first()


async def creator(session: AsyncSession, creator_id: UUID, *, to_change: bool = False) -> Creator:
    """Raises NotFound: a token may outlive its creator's account."""
    found = await session.get(Creator, creator_id, with_for_update=to_change)
    if found is None or found.erased_at is not None:
        raise NotFound
    return found


async def creator_of_account(session: AsyncSession, account_id: str) -> Creator | None:
    """Whose connected account it is."""
    return (await session.exec(select(Creator).where(col(Creator.stripe_account_id) == account_id))).first()


async def letter(session: AsyncSession, purpose: LetterPurpose, letter_id: UUID, *, to_change: bool = False) -> Letter:
    """Raises LinkUnknown: it was answered, replaced, or is for something else."""
    found = await session.get(Letter, letter_id, with_for_update=to_change, populate_existing=to_change)
    if found is None or found.purpose is not purpose:
        raise LinkUnknown
    return found


async def letter_for(session: AsyncSession, creator_id: UUID, purpose: LetterPurpose) -> Letter | None:
    """The one of that purpose that a creator has, if any."""
    own = col(Letter.creator_id) == creator_id
    return (await session.exec(select(Letter).where(own, col(Letter.purpose) == purpose))).first()


async def api_key(session: AsyncSession, creator_id: UUID, key_id: UUID, *, to_change: bool = False) -> ApiKey:
    """Raises NotFound when it is missing, or another creator's."""
    found = await session.get(ApiKey, key_id, with_for_update=to_change)
    if found is None or found.creator_id != creator_id:
        raise NotFound
    return found


async def api_keys(session: AsyncSession, creator_id: UUID, *, limit: int, before: UUID | None = None) -> list[ApiKey]:
    """A creator's keys, newest first."""
    query = select(ApiKey).where(col(ApiKey.creator_id) == creator_id)
    if before is not None:
        query = query.where(col(ApiKey.id) < before)
    return list((await session.exec(query.order_by(col(ApiKey.id).desc()).limit(limit))).all())


async def all_api_keys(session: AsyncSession, creator_id: UUID, *, to_change: bool = False) -> list[ApiKey]:
    """Every key of a creator's, oldest first."""
    query = select(ApiKey).where(col(ApiKey.creator_id) == creator_id).order_by(col(ApiKey.id))
    return list((await session.exec(query.with_for_update() if to_change else query)).all())


async def api_keys_in_force(session: AsyncSession, creator_id: UUID, now: datetime) -> list[ApiKey]:
    still = col(ApiKey.expires_at).is_(None) | (col(ApiKey.expires_at) > now)
    query = select(ApiKey).where(col(ApiKey.creator_id) == creator_id, col(ApiKey.revoked_at).is_(None), still)
    return list((await session.exec(query)).all())


async def product(session: AsyncSession, creator_id: UUID, product_id: UUID, *, to_change: bool = False) -> Product:
    """Raises NotFound when it is missing, or another creator's."""
    found = await session.get(Product, product_id, with_for_update=to_change)
    if found is None or found.creator_id != creator_id:
        raise NotFound
    return found


async def products(
    session: AsyncSession,
    creator_id: UUID,
    *,
    now: datetime,
    limit: int,
    before: UUID | None = None,
    status: ProductStatus | None = None,
    name: str | None = None,
) -> list[Product]:
    """A creator's products, newest first; `name`: those whose name holds it, whatever its case."""
    query = select(Product).where(col(Product.creator_id) == creator_id)
    if before is not None:
        query = query.where(col(Product.id) < before)
    if name is not None:
        query = query.where(col(Product.name).icontains(name, autoescape=True))
    if status is not None:
        query = query.where(*_is(status, now))
    return list((await session.exec(query.order_by(col(Product.id).desc()).limit(limit))).all())


async def all_products(session: AsyncSession, creator_id: UUID, *, to_change: bool = False) -> list[Product]:
    """Every product of a creator, oldest first."""
    query = select(Product).where(col(Product.creator_id) == creator_id).order_by(col(Product.id))
    return list((await session.exec(query.with_for_update() if to_change else query)).all())


async def all_files(session: AsyncSession, creator_id: UUID) -> list[File]:
    """Every original that a creator's products have or had, oldest first."""
    query = select(File).join(Product, col(Product.id) == col(File.product_id))
    return list((await session.exec(query.where(col(Product.creator_id) == creator_id).order_by(col(File.id)))).all())


async def all_uploads(session: AsyncSession, creator_id: UUID) -> list[FileUpload]:
    """Every upload of a creator's, whatever became of it, oldest first."""
    query = select(FileUpload).where(col(FileUpload.creator_id) == creator_id).order_by(col(FileUpload.id))
    return list((await session.exec(query)).all())


async def all_sessions(session: AsyncSession, creator_id: UUID) -> list[Session]:
    """Every session of a creator's that is remembered, oldest first."""
    query = select(Session).where(col(Session.creator_id) == creator_id).order_by(col(Session.id))
    return list((await session.exec(query)).all())


def _is(status: ProductStatus, now: datetime) -> list[ColumnElement[bool]]:
    """`Product.status` as conditions of a query."""
    kept, published = col(Product.withdrawn_at).is_(None), col(Product.published_at).is_not(None)
    ended = col(Product.expires_at) <= now
    still = col(Product.expires_at).is_(None) | (col(Product.expires_at) > now)
    conditions: dict[ProductStatus, list[ColumnElement[bool]]] = {
        ProductStatus.WITHDRAWN: [col(Product.withdrawn_at).is_not(None)],
        ProductStatus.DRAFT: [kept, col(Product.published_at).is_(None)],
        ProductStatus.EXPIRED: [kept, published, ended],
        ProductStatus.PUBLISHED: [kept, published, still],
    }
    return conditions[status]


def _unannounced() -> list[ColumnElement[bool]]:
    return [
        col(Product.published_at).is_not(None),
        col(Product.withdrawn_at).is_(None),
        col(Product.expiry_told_at).is_(None),
    ]


async def products_past_expiry(session: AsyncSession, now: datetime, limit: int) -> list[Product]:
    """Those whose expiry is still to be told, locked; what another sweeper holds is left to it."""
    query = (
        select(Product)
        .where(*_unannounced(), col(Product.expires_at) <= now)
        .order_by(col(Product.expires_at))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list((await session.exec(query)).all())


async def products_to_forget(session: AsyncSession, now: datetime, limit: int) -> list[Product]:
    """Those that are due, locked; what another sweeper holds is left to it."""
    query = (
        select(Product)
        .where(col(Product.forget_at) <= now)
        .order_by(col(Product.forget_at))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list((await session.exec(query)).all())


async def sold_products(session: AsyncSession, products: Sequence[Product]) -> set[UUID]:
    """The ids of those of which an order was heard."""
    order = MirroredOrder
    theirs = col(order.creator_id).in_({product.creator_id for product in products})
    those = col(order.product_id).in_([product.id for product in products])
    return set((await session.exec(select(order.product_id).where(theirs, those))).all())


async def next_expiry(session: AsyncSession) -> datetime | None:
    """When the next product expires."""
    return (await session.exec(select(func.min(col(Product.expires_at))).where(*_unannounced()))).first()


async def open_pages(
    session: AsyncSession, creator_id: UUID, now: datetime, product_id: UUID | None = None
) -> list[MirroredPage]:
    """A creator's published pages that have not closed, the next to close first; those that sell the product."""
    still = (col(MirroredPage.expires_at) > now, col(MirroredPage.is_withdrawn).is_(False))
    query = select(MirroredPage).where(col(MirroredPage.creator_id) == creator_id, *still)
    if product_id is not None:
        query = query.where(col(MirroredPage.product_ids).contains([product_id]))
    return list((await session.exec(query.order_by(col(MirroredPage.expires_at)))).all())


async def page_end(session: AsyncSession, page_id: UUID, expires_at: datetime) -> UUID:
    """The id of that end of the page's."""
    query = select(PageEnd.id).where(col(PageEnd.page_id) == page_id, col(PageEnd.expires_at) == expires_at)
    return (await session.exec(query)).one()


async def sold_on_page(session: AsyncSession, page_id: UUID) -> list[tuple[int, int, str]]:
    """By currency: how many orders were paid, and what of it was neither paid back nor charged back."""
    left = col(MirroredOrder.amount_paid) - col(MirroredOrder.amount_refunded)
    kept = case((col(MirroredOrder.status) == OrderStatus.CHARGED_BACK, 0), else_=left)
    query = (
        select(func.count(), func.sum(kept), col(MirroredOrder.currency))
        .where(col(MirroredOrder.sales_page_id) == page_id)
        .group_by(col(MirroredOrder.currency))
        .order_by(col(MirroredOrder.currency))
    )
    return [(count, int(amount), currency) for count, amount, currency in (await session.exec(query)).all()]


async def upload(session: AsyncSession, creator_id: UUID, upload_id: UUID, *, to_change: bool = False) -> FileUpload:
    """Raises NotFound when it is missing, or another creator's."""
    found = await session.get(FileUpload, upload_id, with_for_update=to_change)
    if found is None or found.creator_id != creator_id:
        raise NotFound
    return found


async def open_uploads(session: AsyncSession, creator_id: UUID) -> list[FileUpload]:
    """A creator's that still take parts, locked."""
    own = (col(FileUpload.creator_id) == creator_id, col(FileUpload.state) == UploadState.OPEN)
    query = select(FileUpload).where(*own).order_by(col(FileUpload.id))
    return list((await session.exec(query.with_for_update())).all())


async def uploads_of_product(session: AsyncSession, product_id: UUID) -> list[FileUpload]:
    """Whatever became of them, locked."""
    query = select(FileUpload).where(col(FileUpload.product_id) == product_id).order_by(col(FileUpload.id))
    return list((await session.exec(query.with_for_update())).all())


async def taken_keys(session: AsyncSession, product_id: UUID) -> set[str]:
    """Storage keys that a product's uploads were ever given: a sweeper that stalled may clear one late.

    And those at which their previews stand, or would, as they are shown.
    """
    uploads = (await session.exec(select(FileUpload).where(col(FileUpload.product_id) == product_id))).all()
    return {key for upload in uploads for key in (upload.storage_key, upload.rendition_at[1])}


async def abandoned_uploads(session: AsyncSession, now: datetime, limit: int) -> list[FileUpload]:
    """Open past their time, locked."""
    query = (
        select(FileUpload)
        .where(col(FileUpload.state) == UploadState.OPEN, col(FileUpload.expires_at) <= now)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list((await session.exec(query)).all())


async def upload_to_clear(session: AsyncSession, now: datetime) -> FileUpload | None:
    """One that is over, with something left at the store, and that nobody clears just now; locked."""
    query = (
        select(FileUpload)
        .where(
            col(FileUpload.state).in_([UploadState.ABORTED, UploadState.REJECTED])
            | col(FileUpload.rendition_key).is_not(None),
            col(FileUpload.cleared_at).is_(None),
            col(FileUpload.clear_due_at).is_(None) | (col(FileUpload.clear_due_at) <= now),
        )
        .order_by(col(FileUpload.id))
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return (await session.exec(query)).first()


async def upload_to_verify(session: AsyncSession, now: datetime) -> FileUpload | None:
    """One that nobody is verifying just now, locked."""
    query = (
        select(FileUpload)
        .where(col(FileUpload.state) == UploadState.VERIFYING, col(FileUpload.lease_until) <= now)
        .order_by(col(FileUpload.lease_until))
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return (await session.exec(query)).first()


async def stripe_event_to_apply(session: AsyncSession, now: datetime) -> StripeEvent | None:
    """The oldest whose account is a creator's by now, and that nobody applies just now; locked."""
    query = (
        select(StripeEvent)
        .join(Creator, col(Creator.stripe_account_id) == col(StripeEvent.account_id))
        .where(
            col(StripeEvent.applied_at).is_(None), col(StripeEvent.due_at).is_(None) | (col(StripeEvent.due_at) <= now)
        )
        .order_by(col(StripeEvent.received_at))
        .limit(1)
        .with_for_update(skip_locked=True, of=StripeEvent)
    )
    return (await session.exec(query)).first()
