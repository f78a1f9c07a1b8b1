"""What delivery hears."""

from chassis.api_keys import mirror_api_key
from chassis.topology import on
from contracts.catalog import (
    ApiKeyIssued,
    ApiKeyRevoked,
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
    OrderLinkReissued,
    OrderPaid,
    OrderPlaced,
    OrderRefunded,
)
from contracts.pages import PageExpired, PageLaunched, PagePublished, PageUpdated, PageWithdrawn

from delivery.use_cases.follow_order import follow_order, replace_link
from delivery.use_cases.issue_grant import issue_grant
from delivery.use_cases.mirror_page import mirror_page
from delivery.use_cases.mirror_product import mirror_product
from delivery.use_cases.record_order_event import record_order_event

PRODUCT_STATES = (ProductPublished, ProductUpdated, ProductFileReplaced, ProductWithdrawn, ProductExpired)
PAGE_STATES = (PagePublished, PageUpdated, PageLaunched, PageExpired, PageWithdrawn)
TAKING_BACK = (OrderRefunded, OrderDisputed, DisputeClosed)
ORDER_EVENTS = (OrderPlaced, OrderPaid, OrderFailed, OrderLinkReissued, *TAKING_BACK)

SUBSCRIPTIONS = (
    on(PRODUCT_STATES, "delivery.mirror-product", mirror_product),
    on(PAGE_STATES, "delivery.mirror-page", mirror_page),
    on(ORDER_EVENTS, "delivery.record-order-event", record_order_event),
    on(OrderPaid, "delivery.issue-grant", issue_grant),
    on(TAKING_BACK, "delivery.revoke-grant", follow_order),
    on(OrderLinkReissued, "delivery.replace-link", replace_link),
    on((ApiKeyIssued, ApiKeyRevoked), "delivery.mirror-api-key", mirror_api_key),
)
