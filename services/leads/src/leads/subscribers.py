"""What leads hears."""

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
from contracts.checkout import OrderPaid, StockChanged
from contracts.pages import PageExpired, PageLaunched, PagePublished, PageUpdated, PageWithdrawn, ViewsCounted

from leads.use_cases.mark_buyer import mark_buyer
from leads.use_cases.mirror_creator import mirror_creator
from leads.use_cases.mirror_page import mirror_page
from leads.use_cases.mirror_product import mirror_product
from leads.use_cases.mirror_stock import mirror_stock
from leads.use_cases.mirror_view import mirror_view
from leads.use_cases.tell_registrants import start_telling

CREATOR_STATES = (CreatorRegistered, CreatorUpdated, CreatorErased)
PRODUCT_STATES = (ProductPublished, ProductUpdated, ProductFileReplaced, ProductWithdrawn, ProductExpired)
PAGE_STATES = (PagePublished, PageUpdated, PageLaunched, PageExpired, PageWithdrawn)

SUBSCRIPTIONS = (
    on(CREATOR_STATES, "leads.mirror-creator", mirror_creator),
    on(PRODUCT_STATES, "leads.mirror-product", mirror_product),
    on(PAGE_STATES, "leads.mirror-page", mirror_page),
    on(StockChanged, "leads.mirror-stock", mirror_stock),
    on(ViewsCounted, "leads.mirror-view", mirror_view),
    on(PageLaunched, "leads.tell-registrants", start_telling),
    on(OrderPaid, "leads.mark-buyer", mark_buyer),
    on((ApiKeyIssued, ApiKeyRevoked), "leads.mirror-api-key", mirror_api_key),
)
