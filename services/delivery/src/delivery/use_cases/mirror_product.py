"""Keep what is sold: the current file, and the limits. Who bought already gets the newest file."""

from chassis.db import Tx
from chassis.mirrors import keep_newest
from contracts import Envelope
from contracts.catalog import ProductState

from delivery import store
from delivery.models import MirroredProduct


async def mirror_product(tx: Tx, envelope: Envelope[ProductState]) -> None:
    product = MirroredProduct.of(envelope.data)
    if await keep_newest(tx.session, product) and product.file_id is not None:
        await store.follow_file(tx.session, product.id, product.file_id)
