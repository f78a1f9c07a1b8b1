"""Keep what pages show of others' things: products, who sells them, how many are left."""

from chassis.db import Tx
from chassis.mirrors import keep_newest
from contracts import Envelope
from contracts.catalog import CreatorState, ProductState
from contracts.checkout import StockChanged

from pages import store
from pages.models import MirroredCreator, MirroredProduct, MirroredStock


async def mirror_product(tx: Tx, envelope: Envelope[ProductState]) -> None:
    product = MirroredProduct.of(envelope.data)
    await keep_newest(tx.session, product)
    await store.forget_cached(tx, store.pages_selling(product.id))


async def mirror_creator(tx: Tx, envelope: Envelope[CreatorState]) -> None:
    creator = MirroredCreator.of(envelope.data)
    await keep_newest(tx.session, creator)
    await store.forget_cached(tx, store.pages_of_creator(creator.id))


async def mirror_stock(tx: Tx, envelope: Envelope[StockChanged]) -> None:
    stock = MirroredStock.of(envelope.data)
    await keep_newest(tx.session, stock)
    await store.forget_cached(tx, store.known_by(stock), edge=False)
