"""Catalog hears of a creator's pages: what is on sale, and what the creator is written about."""

from chassis.db import Tx
from chassis.mirrors import keep_newest
from contracts import Envelope
from contracts.pages import PageExpired, PageExpiring, PageState
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from catalog.models import ExpiryWarning, MirroredPage


async def follow_page(tx: Tx, envelope: Envelope[PageState]) -> None:
    """Keep the newest; a mail is owed a day before the end, and at it."""
    page = envelope.data
    await keep_newest(tx.session, MirroredPage.of(page))
    if isinstance(page, PageExpiring):
        await _warn_of(tx, page)
    if isinstance(page, PageExpired):
        await tx.owe_mail("page-expired", page.id)


async def _warn_of(tx: Tx, page: PageExpiring) -> None:
    """Once of each end, however often it is told."""
    warning = insert(ExpiryWarning).values(ExpiryWarning.of(page).model_dump())
    made = await tx.session.execute(warning.on_conflict_do_nothing().returning(col(ExpiryWarning.id)))
    await tx.owe_mail("page-expiring", *made.scalars())
