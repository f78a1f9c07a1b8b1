"""Where everything answers, and the environment that tells the services so."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local_stack.parts import rabbitmq, seaweedfs
from local_stack.ports import SERVICES

OVERRIDES = ("STRIPE_", "CLOUDFLARE_", "LOG_LEVEL", "CHECKOUT_APPLICATION_FEE_BPS")
"""Beginnings of the variables that `make up` hands on from its own environment."""


@dataclass(frozen=True)
class Addresses:
    """Ports and secrets, put together to what a service is given. `overrides` win, and with a Stripe key of
    their own the services speak to Stripe itself."""

    ports: Mapping[str, int]
    secrets: Mapping[str, str]
    overrides: Mapping[str, str]

    def origin(self, name: str) -> str:
        return f"http://127.0.0.1:{self.ports[name]}"

    @property
    def real_stripe(self) -> bool:
        return bool(self.overrides.get("STRIPE_SECRET_KEY"))

    @property
    def amqp(self) -> str:
        return rabbitmq.url(self.ports["amqp"], self.secrets["amqp"])

    @property
    def redis(self) -> str:
        return f"redis://127.0.0.1:{self.ports['valkey']}/0"

    @property
    def smtp(self) -> str:
        return f"smtp://127.0.0.1:{self.ports['smtp']}"

    @property
    def admin_database(self) -> str:
        return f"postgresql://postgres:{self.secrets['postgres']}@127.0.0.1:{self.ports['postgres']}/postgres"

    def database(self, service: str, role: str = "app") -> str:
        password = self.secrets[f"{service}_{role}"]
        return f"postgresql://{service}_{role}:{password}@127.0.0.1:{self.ports['postgres']}/{service}"

    def endpoints(self) -> dict[str, Any]:
        """What `endpoints.json` says."""
        http = {name: self.origin(name) for name in ("edge", *SERVICES, "stripe", "mail", "s3")}
        if self.real_stripe:
            http["stripe"] = self.overrides.get("STRIPE_API_BASE") or "https://api.stripe.com"
        databases = {service: self.database(service) for service in SERVICES}
        return {**http, "amqp": self.amqp, "redis": self.redis, "databases": databases}

    def environment(self, *services: str) -> dict[str, str]:
        """The variables of `services`: the shared ones, and each one's own."""
        own = [self._own(service) for service in services]
        merged = {
            name: value for each in (self._shared(), self._s3(), self._stripe(), *own) for name, value in each.items()
        }
        return {**merged, **self.overrides}

    def administration(self) -> dict[str, str]:
        """What makes and migrates the databases."""
        return {"ADMIN_DATABASE_URL": self.admin_database, **self.environment(*SERVICES)}

    def _shared(self) -> dict[str, str]:
        return {
            "AMQP_URL": self.amqp,
            "REDIS_URL": self.redis,
            "PUBLIC_URL": self.origin("edge"),
            "JWKS_URL": f"{self.origin('catalog')}/.well-known/jwks.json",
            "LEADS_JWKS_URL": f"{self.origin('leads')}/.well-known/jwks.json",
            "SMTP_URL": self.smtp,
            "MAIL_FROM": "Temporary Pages <no-reply@temporary-pages.localhost>",
        }

    def _s3(self) -> dict[str, str]:
        return {
            "S3_ENDPOINT_URL": self.origin("s3"),
            "S3_PUBLIC_ENDPOINT_URL": self.origin("s3"),
            "S3_REGION": "auto",
            "S3_BUCKET": seaweedfs.BUCKET,
            "S3_ACCESS_KEY_ID": self.secrets["s3_access_key_id"],
            "S3_SECRET_ACCESS_KEY": self.secrets["s3_secret_access_key"],
        }

    def _stripe(self) -> dict[str, str]:
        if self.real_stripe:
            return {}
        return {
            "STRIPE_SECRET_KEY": self.secrets["stripe_api_key"],
            "STRIPE_API_BASE": self.origin("stripe"),
            "STRIPE_CHECKOUT_ORIGIN": self.origin("stripe"),
            "STRIPE_WEBHOOK_SECRETS": self.secrets["stripe_webhook"],
            "STRIPE_CONNECT_WEBHOOK_SECRETS": self.secrets["stripe_connect_webhook"],
        }

    def _own(self, service: str) -> dict[str, str]:
        prefix = service.upper()
        return {
            f"{prefix}_DATABASE_URL": self.database(service),
            f"{prefix}_MIGRATION_DATABASE_URL": self.database(service, "owner"),
            f"{prefix}_HTTP_HOST": "127.0.0.1",
            f"{prefix}_HTTP_PORT": str(self.ports[service]),
            f"{prefix}_TRUSTED_PROXIES": "127.0.0.1/32",
            **self._retention(service),
            **self._keys(service),
        }

    def _retention(self, service: str) -> dict[str, str]:
        """Delivery's history is removed by a role of its own."""
        if service != "delivery":
            return {}
        return {"DELIVERY_RETENTION_DATABASE_URL": self.database(service, "retention")}

    def _keys(self, service: str) -> dict[str, str]:
        """Only who signs with a key is given it."""
        both = ["link_keys", "signing_keys"]
        held = {"catalog": both, "checkout": ["link_keys"], "leads": both}
        names = [f"{service}_{keys}" for keys in held.get(service, [])]
        return {name.upper(): self.secrets[name] for name in names}


def overrides(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environ.items() if name.startswith(OVERRIDES) and value}
