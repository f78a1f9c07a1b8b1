"""What leads is configured by, besides what all services share."""

from datetime import timedelta

from chassis.keyring import KeyRing
from chassis.settings import ServiceSettings
from chassis.signing import SigningKeys
from pydantic import Field
from pydantic_settings import SettingsConfigDict


class LeadsSettings(ServiceSettings):
    model_config = SettingsConfigDict(
        env_prefix="LEADS_", extra="ignore", env_ignore_empty=True, frozen=True, populate_by_name=True
    )

    link_keys: str = Field(repr=False)
    """Key ring that registrants' links are derived under: `kid:base64url,…`, the current key first."""

    signing_keys: str = Field(repr=False)
    """A JWK Set (JSON) of private Ed25519 keys, each with a `kid`: the first signs passes, all are published."""

    waiting_list_offer_minutes: int = Field(default=60, ge=5, le=7 * 24 * 60)
    """How long a unit that came back is kept for who it was offered to."""

    def link_key_ring(self) -> KeyRing:
        return KeyRing.parse(self.link_keys)

    def pass_keys(self) -> SigningKeys:
        return SigningKeys(self.signing_keys)

    def offer_lives(self) -> timedelta:
        return timedelta(minutes=self.waiting_list_offer_minutes)
