"""What catalog hears over the bus."""

from chassis.topology import on
from contracts import checkout, delivery, leads, pages

from catalog.use_cases.follow_order import follow_order
from catalog.use_cases.follow_page import follow_page
from catalog.use_cases.keep_api_key import record_key_use

KEY_USES = (
    pages.ApiKeyUsedAtPages,
    checkout.ApiKeyUsedAtCheckout,
    delivery.ApiKeyUsedAtDelivery,
    leads.ApiKeyUsedAtLeads,
)

PAGE_STATES = (
    pages.PagePublished,
    pages.PageUpdated,
    pages.PageLaunched,
    pages.PageExpiring,
    pages.PageExpired,
    pages.PageWithdrawn,
)
ORDER_STATES = (checkout.OrderPaid, checkout.OrderRefunded, checkout.OrderDisputed, checkout.DisputeClosed)

SUBSCRIPTIONS = (
    on(PAGE_STATES, "catalog.follow-page", follow_page),
    on(ORDER_STATES, "catalog.follow-order", follow_order),
    on(KEY_USES, "catalog.record-key-use", record_key_use),
)
