"""What checkout is configured by, besides what all services share."""

from chassis.keyring import KeyRing
from chassis.settings import PassSettings, ServiceSettings, StripeSettings
from pydantic import Field
from pydantic_settings import SettingsConfigDict


class CheckoutSettings(ServiceSettings, StripeSettings, PassSettings):
    model_config = SettingsConfigDict(
        env_prefix="CHECKOUT_", extra="ignore", env_ignore_empty=True, frozen=True, populate_by_name=True
    )

    link_keys: str
    """Key ring that proofs and download tokens are derived under: `kid:base64url,…`, the current key first."""
    application_fee_bps: int = Field(default=500, ge=0, le=10_000)
    """The platform's share of each payment, in hundredths of a percent."""
    stripe_webhook_secrets: str = Field(validation_alias="STRIPE_WEBHOOK_SECRETS")
    """Of the platform's endpoint, comma-separated: two while one is being replaced."""
    stripe_api_version: str | None = Field(default=None, validation_alias="STRIPE_API_VERSION")
    """The SDK's own where it is not given; the webhook endpoint must be of the same."""

    def link_key_ring(self) -> KeyRing:
        return KeyRing.parse(self.link_keys)

    def webhook_secrets(self) -> tuple[str, ...]:
        return tuple(secret.strip() for secret in self.stripe_webhook_secrets.split(",") if secret.strip())
