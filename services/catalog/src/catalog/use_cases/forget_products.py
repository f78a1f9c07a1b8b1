"""What an erased creator never sold is forgotten: what it was called, and its files."""

from collections.abc import Sequence

from chassis.db import Tx
from sqlmodel import col, delete

from catalog import store
from catalog.models import File, Product

BATCH = 50


async def plan_to_forget(tx: Tx, products: Sequence[Product]) -> None:
    """All but those that were sold, whose buyers have access. `products` are locked."""
    sold = await store.sold_products(tx.session, products)
    for product in products:
        if product.id not in sold:
            product.forget_unsold(tx.clock.now())


async def forget_products(tx: Tx) -> None:
    """Those that are due; one that was sold meanwhile stays."""
    due = await store.products_to_forget(tx.session, tx.clock.now(), BATCH)
    sold = await store.sold_products(tx.session, due)
    for product in due:
        if product.id in sold:
            product.forget_at = None
        else:
            await _forget(tx, product)


async def _forget(tx: Tx, product: Product) -> None:
    for upload in await store.uploads_of_product(tx.session, product.id):
        upload.forget()
    tx.publish(product.forget(tx.clock.now()))
    await tx.session.flush()
    await tx.session.exec(delete(File).where(col(File.product_id) == product.id))
