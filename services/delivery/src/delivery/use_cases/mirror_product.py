"""Keep what is sold: the current file, and the limits."""

from chassis.db import Tx
from chassis.mirrors import keep_newest
from contracts import Envelope
from contracts.catalog import ProductState

from delivery.models import MirroredProduct


async def mirror_product(tx: Tx, envelope: Envelope[ProductState]) -> None:
    await keep_newest(tx.session, MirroredProduct.of(envelope.data))
