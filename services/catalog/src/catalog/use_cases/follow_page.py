"""Catalog hears of a creator's pages: what is on sale, and what the creator is written about."""

from chassis.db import Tx
from chassis.mirrors import keep_newest
from contracts import Envelope
from contracts.pages import PageExpired, PageExpiring, PageState

from catalog.models import MirroredPage


async def follow_page(tx: Tx, envelope: Envelope[PageState]) -> None:
    """Keep the newest; a mail is owed a day before the end, and at it."""
    page = envelope.data
    await keep_newest(tx.session, MirroredPage.of(page))
    if isinstance(page, PageExpiring):
        await tx.owe_mail("page-expiring", page.id)
    if isinstance(page, PageExpired):
        await tx.owe_mail("page-expired", page.id)
