"""What pages hears."""

from chassis.topology import on
from contracts.catalog import (
    CreatorErased,
    CreatorRegistered,
    CreatorUpdated,
    ProductExpired,
    ProductFileReplaced,
    ProductPublished,
    ProductUpdated,
    ProductWithdrawn,
)
from contracts.checkout import StockChanged

from pages.use_cases.erase_creator import erase_creator
from pages.use_cases.mirror_sold import mirror_creator, mirror_product, mirror_stock

PRODUCT_STATES = (ProductPublished, ProductUpdated, ProductFileReplaced, ProductWithdrawn, ProductExpired)
CREATOR_STATES = (CreatorRegistered, CreatorUpdated)

SUBSCRIPTIONS = (
    on(PRODUCT_STATES, "pages.mirror-product", mirror_product),
    on(CREATOR_STATES, "pages.mirror-creator", mirror_creator),
    on(CreatorErased, "pages.erase-creator", erase_creator),
    on(StockChanged, "pages.mirror-stock", mirror_stock),
)
