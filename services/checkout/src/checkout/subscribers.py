"""What checkout hears: a contents page."""

from chassis.topology import on
from contracts.catalog import (
    CreatorRegistered,
    CreatorUpdated,
    ProductExpired,
    ProductFileReplaced,
    ProductPublished,
    ProductUpdated,
    ProductWithdrawn,
)
from contracts.delivery import DownloadAttempted
from contracts.pages import PageExpired, PageLaunched, PagePublished, PageUpdated, PageWithdrawn

from checkout.use_cases.count_download import count_download
from checkout.use_cases.mirror_creator import mirror_creator
from checkout.use_cases.mirror_page import mirror_page
from checkout.use_cases.mirror_product import mirror_product

CREATOR = (CreatorRegistered, CreatorUpdated)
PRODUCT = (ProductPublished, ProductUpdated, ProductFileReplaced, ProductWithdrawn, ProductExpired)
PAGE = (PagePublished, PageUpdated, PageLaunched, PageExpired, PageWithdrawn)

SUBSCRIPTIONS = [
    on(CREATOR, "checkout.mirror-creator", mirror_creator),
    on(PRODUCT, "checkout.mirror-product", mirror_product),
    on(PAGE, "checkout.mirror-page", mirror_page),
    on(DownloadAttempted, "checkout.count-download", count_download),
]
