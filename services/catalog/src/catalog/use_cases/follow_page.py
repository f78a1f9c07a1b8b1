"""Catalog hears of a creator's pages: what is on sale, and what the creator is written about."""

from chassis.db import Tx
from chassis.mirrors import keep_newest
from contracts import Envelope
from contracts.pages import PageExpired, PageExpiring, PageState
from sqlalchemy.dialects.postgresql import insert

from catalog import store
from catalog.models import MirroredPage, PageEnd


async def follow_page(tx: Tx, envelope: Envelope[PageState]) -> None:
    """Keep the newest; a mail is owed a day before the end, and at it."""
    page = envelope.data
    await keep_newest(tx.session, MirroredPage.of(page))
    if isinstance(page, PageExpiring):
        await _owe_mail(tx, "page-expiring", page)
    if isinstance(page, PageExpired):
        await _owe_mail(tx, "page-expired", page)


async def _owe_mail(tx: Tx, kind: str, page: PageState) -> None:
    """Once of each end, however often it is told."""
    end = insert(PageEnd).values(PageEnd.of(page).model_dump())
    await tx.session.execute(end.on_conflict_do_nothing())
    await tx.owe_mail(kind, await store.page_end(tx.session, page.id, page.expires_at))
