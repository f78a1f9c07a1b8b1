"""What pages hears."""

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
from contracts.checkout import (
    DisputeClosed,
    OrderDisputed,
    OrderFailed,
    OrderPaid,
    OrderPlaced,
    OrderRefunded,
    StockChanged,
)
from contracts.leads import RegistrationConfirmed, RegistrationDeleted

from pages.use_cases.erase_creator import erase_creator
from pages.use_cases.mirror_figures import mirror_order, mirror_registration
from pages.use_cases.mirror_sold import mirror_creator, mirror_product, mirror_stock

PRODUCT_STATES = (ProductPublished, ProductUpdated, ProductFileReplaced, ProductWithdrawn, ProductExpired)
CREATOR_STATES = (CreatorRegistered, CreatorUpdated, CreatorErased)
ORDER_STATES = (OrderPlaced, OrderPaid, OrderFailed, OrderRefunded, OrderDisputed, DisputeClosed)

SUBSCRIPTIONS = (
    on(PRODUCT_STATES, "pages.mirror-product", mirror_product),
    on(CREATOR_STATES, "pages.mirror-creator", mirror_creator),
    on(CreatorErased, "pages.erase-creator", erase_creator),
    on(StockChanged, "pages.mirror-stock", mirror_stock),
    on(ORDER_STATES, "pages.mirror-order", mirror_order),
    on((RegistrationConfirmed, RegistrationDeleted), "pages.mirror-registration", mirror_registration),
    on((ApiKeyIssued, ApiKeyRevoked), "pages.mirror-api-key", mirror_api_key),
)
