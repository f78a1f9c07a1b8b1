"""What catalog hears over the bus."""

from chassis.topology import on
from contracts import checkout, delivery, leads, pages

from catalog.use_cases.keep_api_key import record_key_use

KEY_USES = (
    pages.ApiKeyUsedAtPages,
    checkout.ApiKeyUsedAtCheckout,
    delivery.ApiKeyUsedAtDelivery,
    leads.ApiKeyUsedAtLeads,
)

SUBSCRIPTIONS = (on(KEY_USES, "catalog.record-key-use", record_key_use),)
