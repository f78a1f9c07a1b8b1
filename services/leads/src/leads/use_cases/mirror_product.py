"""Keep a product's name, what a page is called that has no title of its own, and until when it is sold."""

from chassis.db import Tx
from chassis.mirrors import keep_newest
from contracts import Envelope
from contracts.catalog import ProductState

from leads.models import MirroredProduct


async def mirror_product(tx: Tx, envelope: Envelope[ProductState]) -> None:
    await keep_newest(tx.session, MirroredProduct.of(envelope.data))
