"""What catalog is configured by."""

from chassis.keyring import KeyRing
from chassis.settings import ObjectStoreSettings, ServiceSettings, StripeSettings
from pydantic import Field
from pydantic_settings import SettingsConfigDict

MIB = 1024 * 1024


class CatalogSettings(ObjectStoreSettings, StripeSettings, ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="CATALOG_")

    signing_keys: str = Field(repr=False)
    """A JWK Set (JSON) of private Ed25519 keys, each with a `kid`: the first signs, all are published."""
    link_keys: str = Field(repr=False)
    """Key ring that the links in creators' mails are derived under: `kid:base64url,…`, the current key first."""
    verify_at_once_bytes: int = 256 * MIB
    """An upload up to this size is read through before its completion is answered, a larger one in the background."""
    stripe_connect_webhook_secrets: str = Field(validation_alias="STRIPE_CONNECT_WEBHOOK_SECRETS", repr=False)
    """Secrets of the Connect endpoint, comma-separated: two while one is being replaced."""
    stripe_api_version: str | None = Field(default=None, validation_alias="STRIPE_API_VERSION")
    """The version that the SDK pins, unless another is given."""

    def link_key_ring(self) -> KeyRing:
        return KeyRing.parse(self.link_keys)
