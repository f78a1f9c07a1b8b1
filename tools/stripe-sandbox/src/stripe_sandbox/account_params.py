"""What `POST /v1/accounts` and updates of an account accept; identity and bank details are taken and not looked at."""

from stripe_sandbox.operations import accepts
from stripe_sandbox.params import Anything, Choice, Email, Flag, Hash, Kind, Metadata, Text, Unsupported

BUSINESS_PROFILE = (
    "mcc", "name", "product_description", "support_address", "support_email", "support_phone", "support_url", "url",
)  # fmt: skip

_CAPABILITY = Hash({"requested": Flag()})

_FIELDS: dict[str, Kind] = {
    "account_token": Unsupported(),
    "business_profile": Hash(dict.fromkeys(BUSINESS_PROFILE, Anything())),
    "business_type": Choice(("company", "government_entity", "individual", "non_profit")),
    "capabilities": Hash({"card_payments": _CAPABILITY, "transfers": _CAPABILITY, "link_payments": _CAPABILITY,
                          "sepa_debit_payments": _CAPABILITY}),
    "company": Anything(),
    "default_currency": Text(3),
    "email": Email(),
    "external_account": Anything(),
    "individual": Anything(),
    "metadata": Metadata(),
    "settings": Anything(),
    "tos_acceptance": Anything(),
}  # fmt: skip

_CONTROLLER = Hash(
    {
        "fees": Hash({"payer": Choice(("account", "application"))}),
        "losses": Hash({"payments": Choice(("application", "stripe"))}),
        "requirement_collection": Choice(("application", "stripe")),
        "stripe_dashboard": Hash({"type": Choice(("express", "full", "none"))}),
    }
)

UPDATE = accepts(_FIELDS)

CREATE = accepts(
    {
        **_FIELDS,
        "controller": _CONTROLLER,
        "country": Text(2),
        "type": Choice(("custom", "express", "standard")),
    }
)
