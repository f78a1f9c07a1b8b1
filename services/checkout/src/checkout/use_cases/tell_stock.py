"""Tell the stock figures that were held back a moment ago."""

from chassis.db import Tx
from sqlmodel import col, select

from checkout.bookkeeping.stock import announce
from checkout.models import PageStock


async def tell_stock(tx: Tx) -> None:
    untold = select(PageStock).where(col(PageStock.version) > col(PageStock.told_version))
    for stock in (await tx.session.exec(untold.limit(500).with_for_update(skip_locked=True))).all():
        await announce(tx, stock)
