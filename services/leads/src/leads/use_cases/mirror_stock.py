"""Keep what is left of a capped page."""

from chassis.db import Tx
from chassis.mirrors import keep_newest
from contracts import Envelope
from contracts.checkout import StockChanged

from leads.models import MirroredStock


async def mirror_stock(tx: Tx, envelope: Envelope[StockChanged]) -> None:
    await keep_newest(tx.session, MirroredStock.of(envelope.data, envelope.time))
