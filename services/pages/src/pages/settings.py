"""What pages is configured by, besides what all services share."""

from chassis.edge import CloudflareSettings
from chassis.settings import ObjectStoreSettings, PassSettings, ServiceSettings
from pydantic import Field
from pydantic_settings import SettingsConfigDict


class PagesSettings(ServiceSettings, ObjectStoreSettings, PassSettings, CloudflareSettings):
    model_config = SettingsConfigDict(
        env_prefix="PAGES_", extra="ignore", env_ignore_empty=True, frozen=True, populate_by_name=True
    )

    stripe_checkout_origin: str = Field(
        default="https://checkout.stripe.com", validation_alias="STRIPE_CHECKOUT_ORIGIN"
    )
    """Where the buy button's answer sends a browser: the page's policy must allow it."""
