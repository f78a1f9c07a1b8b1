"""The composition root of delivery."""

from typing import Any

from chassis.auth import Keys
from chassis.clock import Clock
from chassis.edge import CloudflareKV, edge_job
from chassis.lifecycle import Service, serve
from contracts.delivery import (
    ApiKeyUsedAtDelivery,
    DownloadAttempted,
    DownloadExhausted,
    DownloadGranted,
    DownloadRevoked,
    GrantUnused,
)
from storefront import Storefront

from delivery.edge_entries import edge_entries
from delivery.http import ROUTERS
from delivery.jobs import JOBS
from delivery.object_store import S3Objects
from delivery.retention import RULES
from delivery.settings import DeliverySettings
from delivery.subscribers import SUBSCRIPTIONS
from delivery.use_cases.redeem_link import Redeemer

VERSION = "0.1.0"


def build(settings: DeliverySettings, *, clock: Clock | None = None, keys: Keys | None = None) -> Service:
    """Delivery, put together; nothing is connected yet."""
    objects = S3Objects(settings)
    shop = Storefront("delivery", settings.public_url)
    state: dict[str, Any] = {"shop": shop}
    service = Service(
        name="delivery",
        version=VERSION,
        settings=settings,
        routers=ROUTERS,
        tells=(
            ApiKeyUsedAtDelivery,
            DownloadGranted,
            DownloadAttempted,
            DownloadExhausted,
            DownloadRevoked,
            GrantUnused,
        ),
        hears=SUBSCRIPTIONS,
        jobs=JOBS,
        # The application's own role could remove nothing: without the other one, `tempages retention` does it.
        retention=RULES if settings.retention_database_url else (),
        resources=(objects,),
        state=state,
        mounts={"/assets": shop.static},
        clock=clock,
        keys=keys,
        key_used=ApiKeyUsedAtDelivery,
    )
    if settings.tells_the_edge:
        edge = CloudflareKV(settings)
        service.resources = (objects, edge)
        service.jobs = (*JOBS, edge_job(edge, edge_entries))
    state["redeemer"] = Redeemer(service.db, objects)
    return service


def describe() -> Service:
    """Delivery as its documents show it: with settings that lead nowhere."""
    return build(
        DeliverySettings(
            database_url="postgresql://delivery@localhost/delivery",
            retention_database_url="postgresql://delivery_retention@localhost/delivery",
            amqp_url="amqp://localhost/",
            redis_url="redis://localhost/0",
            public_url="http://localhost",
            jwks_url="http://localhost/jwks.json",
            s3_endpoint_url="http://localhost",
            s3_access_key_id="described",
            s3_secret_access_key="described",  # noqa: S106 - leads nowhere
        )
    )


def main() -> None:
    serve(build(DeliverySettings()))
