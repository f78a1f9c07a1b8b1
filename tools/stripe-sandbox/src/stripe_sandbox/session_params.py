"""What `POST /v1/checkout/sessions` accepts.

Three sorts besides what has an effect here: accepted and repeated in the session, accepted without effect, and known to
Stripe but refused aloud, because ignoring them would make a session that behaves otherwise than at Stripe.
"""

from typing import Any

from stripe_sandbox.operations import accepts
from stripe_sandbox.params import (
    Anything,
    Array,
    Choice,
    Email,
    Hash,
    Integer,
    Kind,
    Metadata,
    Text,
    Unsupported,
    Url,
)

ECHOED: dict[str, Any] = {
    "adaptive_pricing": None,
    "after_expiration": None,
    "allow_promotion_codes": None,
    "billing_address_collection": None,
    "branding_settings": None,
    "cancel_url": None,
    "client_reference_id": None,
    "collected_information": None,
    "consent_collection": None,
    "custom_fields": [],
    "custom_text": {
        "after_submit": None,
        "shipping_address": None,
        "submit": None,
        "terms_of_service_acceptance": None,
    },
    "customer_creation": "if_required",
    "invoice_creation": {"enabled": False},
    "locale": None,
    "origin_context": None,
    "payment_method_collection": "if_required",
    "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
    "phone_number_collection": {"enabled": False},
    "shipping_address_collection": None,
    "submit_type": None,
    "success_url": None,
    "wallet_options": None,
}
"""Fields of a session that repeat a parameter, with their values when it is not given."""

_WITHOUT_EFFECT: dict[str, Kind] = dict.fromkeys(
    (
        "adaptive_pricing", "billing_address_collection", "branding_settings", "consent_collection", "custom_text",
        "invoice_creation", "name_collection", "origin_context", "payment_method_collection", "payment_method_options",
        "phone_number_collection", "wallet_options",
    ),
    Anything(),
)  # fmt: skip

_REFUSED: dict[str, Kind] = dict.fromkeys(
    (
        "after_expiration", "allow_promotion_codes", "automatic_tax", "custom_fields", "customer", "customer_account",
        "customer_update", "discounts", "integration_identifier", "managed_payments", "optional_items",
        "payment_method_configuration", "payment_method_data", "permissions", "redirect_on_completion", "return_url",
        "saved_payment_method_options", "setup_intent_data", "shipping_address_collection", "shipping_options",
        "subscription_data", "tax_id_collection",
    ),
    Unsupported(),
)  # fmt: skip

_PRODUCT = Hash(
    {
        "description": Text(),
        "images": Array(Url(), most=8),
        "metadata": Metadata(),
        "name": Text(),
        "tax_code": Text(),
        "unit_label": Text(),
    },
    ("name",),
)

_PRICE = Hash(
    {
        "currency": Text(3),
        "product": Unsupported(),
        "product_data": _PRODUCT,
        "recurring": Unsupported(),
        "tax_behavior": Choice(("exclusive", "inclusive", "unspecified")),
        "unit_amount": Integer(0),
        "unit_amount_decimal": Unsupported(),
    },
    ("currency", "product_data"),
)

_ITEM = Hash(
    {
        "adjustable_quantity": Unsupported(),
        "metadata": Metadata(),
        "price": Unsupported(),
        "price_data": _PRICE,
        "quantity": Integer(1, 999_999),
        "tax_rates": Unsupported(),
    },
    ("price_data", "quantity"),
)

_PAYMENT_INTENT = Hash(
    {
        "application_fee_amount": Integer(1),
        "capture_method": Choice(("automatic", "automatic_async")),
        "description": Text(1000),
        "metadata": Metadata(),
        "on_behalf_of": Text(),
        "receipt_email": Email(),
        "setup_future_usage": Unsupported(),
        "shipping": Unsupported(),
        "statement_descriptor": Text(22),
        "statement_descriptor_suffix": Text(22),
        "transfer_data": Hash({"amount": Integer(1), "destination": Text()}, ("destination",)),
        "transfer_group": Text(),
    }
)

CREATE = accepts(
    {
        **_WITHOUT_EFFECT,
        **_REFUSED,
        "allowed_payment_method_types": Array(Text(), least=1),
        "cancel_url": Url(),
        "client_reference_id": Text(200),
        "currency": Text(3),
        "customer_creation": Choice(("if_required",)),
        "customer_email": Email(),
        "excluded_payment_method_types": Array(Text()),
        "expires_at": Integer(0),
        "line_items": Array(_ITEM, most=100, least=1),
        "locale": Text(10),
        "metadata": Metadata(),
        "mode": Choice(("payment",)),
        "payment_intent_data": _PAYMENT_INTENT,
        "payment_method_types": Array(Text(), least=1),
        "submit_type": Choice(("auto", "book", "donate", "pay")),
        "success_url": Url(),
        "ui_mode": Choice(("hosted_page",)),
    },
    required=("mode", "line_items", "success_url"),
)
