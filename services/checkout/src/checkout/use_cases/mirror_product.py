"""Keep what is needed of the newest version of a product."""

from chassis.db import Tx
from chassis.mirrors import keep_newest
from contracts import Envelope
from contracts.catalog import ProductState

from checkout.models import MirroredProduct


async def mirror_product(tx: Tx, envelope: Envelope[ProductState]) -> None:
    product = envelope.data
    copied = {
        "id", "creator_id", "name", "price_in_cents", "currency", "is_active", "expires_at", "attempts_allowed",
        "access_days", "pricing", "version",
    }  # fmt: skip
    file = product.file
    values = product.model_dump(include=copied)
    values["file_name"] = file.file_name if file else None
    values["file_size_bytes"] = file.file_size_bytes if file else None
    await keep_newest(tx.session, MirroredProduct(**values))
