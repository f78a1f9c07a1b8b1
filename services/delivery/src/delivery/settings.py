"""What delivery is configured by, besides what all services share."""

from chassis.edge import CloudflareSettings
from chassis.settings import ObjectStoreSettings, ServiceSettings
from pydantic_settings import SettingsConfigDict


class DeliverySettings(ServiceSettings, ObjectStoreSettings, CloudflareSettings):
    model_config = SettingsConfigDict(
        env_prefix="DELIVERY_", extra="ignore", env_ignore_empty=True, frozen=True, populate_by_name=True
    )
