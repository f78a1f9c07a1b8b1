"""What every service is configured by. Own settings bear the service's prefix, shared ones stand bare."""

from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

ROLES = ("gateway", "consumer", "relay", "sweeper")


class ServiceSettings(BaseSettings):
    """Subclass with `model_config = SettingsConfigDict(env_prefix="CHECKOUT_")`. Source: the environment alone."""

    model_config = SettingsConfigDict(extra="ignore", env_ignore_empty=True, frozen=True, populate_by_name=True)

    database_url: str
    """postgresql://… as the application role."""
    database_read_url: str | None = None
    """A replica that lists may be read from; the primary where it is not given."""
    migration_database_url: str | None = None
    """postgresql://… as the owner of the tables; only migrations use it."""
    retention_database_url: str | None = None
    """postgresql://… as the role that removes what was kept long enough; the application's where it is not given."""
    http_host: str = "127.0.0.1"
    http_port: int = 0
    roles: str = ",".join(ROLES)
    """Comma-separated, of gateway, consumer, relay, sweeper."""
    trusted_proxies: str = "127.0.0.1"
    """Addresses or networks whose X-Forwarded-For is believed, comma-separated."""

    amqp_url: str = Field(validation_alias="AMQP_URL")
    redis_url: str = Field(validation_alias="REDIS_URL")
    public_url: str = Field(validation_alias="PUBLIC_URL")
    """The edge's origin, without a trailing slash: what links in mails and redirects begin with."""
    jwks_url: str = Field(validation_alias="JWKS_URL")
    smtp_url: str = Field(default="smtp://127.0.0.1:25", validation_alias="SMTP_URL")
    mail_from: str = Field(default="Temporary Pages <no-reply@localhost>", validation_alias="MAIL_FROM")
    log_level: Literal["debug", "info", "warning", "error"] = Field(default="info", validation_alias="LOG_LEVEL")

    def role_set(self) -> frozenset[str]:
        """The roles this process plays; an unknown one is refused."""
        roles = frozenset(role.strip() for role in self.roles.split(",") if role.strip())
        if unknown := roles - set(ROLES):
            raise ValueError(f"unknown roles {sorted(unknown)}; there are {', '.join(ROLES)}")
        return roles


class ObjectStoreSettings(BaseSettings):
    """Mixin for those who sign or read objects: R2, or any S3 API."""

    s3_endpoint_url: str = Field(validation_alias="S3_ENDPOINT_URL")
    s3_public_endpoint_url: str | None = Field(default=None, validation_alias="S3_PUBLIC_ENDPOINT_URL")
    """The address browsers use, where it differs."""
    s3_region: str = Field(default="auto", validation_alias="S3_REGION")
    s3_bucket: str = Field(default="tempages", validation_alias="S3_BUCKET")
    s3_access_key_id: str = Field(validation_alias="S3_ACCESS_KEY_ID")
    s3_secret_access_key: str = Field(validation_alias="S3_SECRET_ACCESS_KEY")


class PassSettings(BaseSettings):
    """Mixin for those who let the bearers of passes in."""

    leads_jwks_url: str = Field(validation_alias="LEADS_JWKS_URL")
    """Where leads publishes the keys that passes are checked against."""


class StripeSettings(BaseSettings):
    """Mixin for those who speak to Stripe. `stripe_api_base` empty means Stripe itself."""

    stripe_secret_key: str = Field(validation_alias="STRIPE_SECRET_KEY")
    stripe_api_base: str | None = Field(default=None, validation_alias="STRIPE_API_BASE")
    stripe_checkout_origin: str = Field(
        default="https://checkout.stripe.com", validation_alias="STRIPE_CHECKOUT_ORIGIN"
    )
