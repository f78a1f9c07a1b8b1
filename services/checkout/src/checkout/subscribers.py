"""What checkout hears: a contents page."""

from chassis.api_keys import mirror_api_key
from chassis.topology import on
from contracts.catalog import (
    ApiKeyIssued,
    ApiKeyRevoked,
    CreatorErased,
    CreatorRegistered,
    CreatorUpdated,
    ProductExpired,
    ProductFileReplaced,
    ProductPublished,
    ProductUpdated,
    ProductWithdrawn,
)
from contracts.delivery import DownloadAttempted, DownloadExhausted, DownloadGranted, DownloadRevoked, GrantUnused
from contracts.leads import WaitingListLapsed, WaitingListOffered
from contracts.pages import PageExpired, PageLaunched, PagePublished, PageUpdated, PageWithdrawn

from checkout.use_cases.count_download import count_download
from checkout.use_cases.hold_offer import hold_offer, release_offer
from checkout.use_cases.mirror_creator import mirror_creator
from checkout.use_cases.mirror_page import mirror_page
from checkout.use_cases.mirror_product import mirror_product
from checkout.use_cases.record_access import record_access
from checkout.use_cases.remind_unused import remind_unused

CREATOR = (CreatorRegistered, CreatorUpdated, CreatorErased)
PRODUCT = (ProductPublished, ProductUpdated, ProductFileReplaced, ProductWithdrawn, ProductExpired)
PAGE = (PagePublished, PageUpdated, PageLaunched, PageExpired, PageWithdrawn)
ACCESS = (DownloadGranted, DownloadAttempted, DownloadExhausted, DownloadRevoked)

SUBSCRIPTIONS = [
    on(CREATOR, "checkout.mirror-creator", mirror_creator),
    on(PRODUCT, "checkout.mirror-product", mirror_product),
    on(PAGE, "checkout.mirror-page", mirror_page),
    on(DownloadAttempted, "checkout.count-download", count_download),
    on(ACCESS, "checkout.record-access", record_access),
    on(WaitingListOffered, "checkout.hold-offer", hold_offer),
    on(WaitingListLapsed, "checkout.release-offer", release_offer),
    on(GrantUnused, "checkout.remind-unused", remind_unused),
    on((ApiKeyIssued, ApiKeyRevoked), "checkout.mirror-api-key", mirror_api_key),
]
