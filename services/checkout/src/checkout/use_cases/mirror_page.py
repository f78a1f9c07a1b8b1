"""Keep what is needed of the newest version of a page, and its stock and sessions in step with it."""

from datetime import datetime
from typing import Any

from chassis.db import Tx
from chassis.mirrors import keep_newest
from contracts import Envelope
from contracts.pages import PageState, PageStatus

from checkout.bookkeeping.stock import limit_stock
from checkout.models import MirroredPage
from checkout.store import page_closes_at


async def mirror_page(tx: Tx, envelope: Envelope[PageState]) -> None:
    page = envelope.data
    if not await keep_newest(tx.session, MirroredPage(**_values(page))):
        return
    await page_closes_at(tx, page.id, closes_at(page))
    await limit_stock(tx, page.id, page.quantity_limit)


def closes_at(page: PageState) -> datetime:
    """A withdrawn page has closed when it was withdrawn, if it had not expired before."""
    return min(page.expires_at, page.updated_at) if page.status is PageStatus.WITHDRAWN else page.expires_at


def _values(page: PageState) -> dict[str, Any]:
    copied = {
        "id",
        "short_id",
        "creator_id",
        "product_id",
        "product_ids",
        "launch_at",
        "time_zone",
        "version",
        "quantity_limit",
        "late_payment",
    }
    says = {name: page.customization.get(name) for name in ("accent", "thanks")}
    return {**page.model_dump(include=copied), "closes_at": closes_at(page), **says}
