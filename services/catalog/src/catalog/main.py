"""The composition root: the only room that knows all of catalog."""

import json
from pathlib import Path

from chassis.auth import ALGORITHM, Keys
from chassis.clock import Clock
from chassis.lifecycle import Service, serve
from contracts.catalog import (
    ApiKeyIssued,
    ApiKeyRevoked,
    CreatorErased,
    CreatorRegistered,
    CreatorUpdated,
    ProductExpired,
    ProductFileReplaced,
    ProductPublished,
    ProductUpdated,
    ProductWithdrawn,
)
from fastapi import APIRouter
from joserfc.jwk import OKPKey
from storefront import Storefront

from catalog import jobs, mails, webhooks
from catalog.access_tokens import AccessTokens
from catalog.http import account, api_keys, creators, file_uploads, notifications, products, sessions, stripe_account
from catalog.links import Links
from catalog.notices import CreatorNotices
from catalog.object_store import S3Objects
from catalog.passwords import Argon2Passwords
from catalog.settings import CatalogSettings
from catalog.stripe_accounts import ConnectWebhooks, StripeAccounts
from catalog.subscribers import SUBSCRIPTIONS

TELLS = (
    CreatorRegistered,
    CreatorUpdated,
    CreatorErased,
    ProductPublished,
    ProductUpdated,
    ProductFileReplaced,
    ProductWithdrawn,
    ProductExpired,
    ApiKeyIssued,
    ApiKeyRevoked,
)
ROUTERS = (
    creators.router,
    account.router,
    api_keys.router,
    notifications.router,
    sessions.router,
    stripe_account.router,
    products.router,
    file_uploads.router,
    webhooks.router,
)

VERSION = "0.1.0"


def build(settings: CatalogSettings, *, clock: Clock | None = None, keys: Keys | None = None) -> Service:
    """Catalog, ready to be run; nothing is connected yet."""
    objects, accounts = S3Objects(settings), StripeAccounts(settings)
    access_tokens = AccessTokens(settings.signing_keys)
    links = Links(settings.link_key_ring(), settings.public_url)
    shop = Storefront("catalog", settings.public_url, templates=Path(__file__).parent / "templates")
    return Service(
        name="catalog",
        version=VERSION,
        settings=settings,
        routers=[*ROUTERS, _assets(shop)],
        tells=TELLS,
        hears=SUBSCRIPTIONS,
        jobs=jobs.jobs(objects, accounts),
        mails={**mails.CreatorMails(shop, links).composers(), **CreatorNotices(shop, links).composers()},
        resources=[objects, accounts],
        state={
            "passwords": Argon2Passwords(),
            "access_tokens": access_tokens,
            "accounts": accounts,
            "webhooks": ConnectWebhooks(settings.stripe_connect_webhook_secrets),
            "objects": objects,
            "links": links,
            "storefront": shop,
        },
        clock=clock,
        keys=keys or Keys(settings.jwks_url, access_tokens.public),
    )


def _assets(shop: Storefront) -> APIRouter:
    router = APIRouter()
    router.mount("/assets", shop.static)
    return router


def describe() -> Service:
    """Catalog for its documents alone: with settings that lead nowhere."""
    key = OKPKey.generate_key("Ed25519", {"kid": "none", "use": "sig", "alg": ALGORITHM})
    nowhere = "127.0.0.1:1"
    return build(
        CatalogSettings(
            database_url=f"postgresql://{nowhere}/catalog",
            amqp_url=f"amqp://{nowhere}/",
            redis_url=f"redis://{nowhere}/0",
            public_url=f"http://{nowhere}",
            jwks_url=f"http://{nowhere}/",
            s3_endpoint_url=f"http://{nowhere}",
            s3_access_key_id="none",
            s3_secret_access_key="none",  # noqa: S106 - it opens nothing
            stripe_secret_key="none",  # noqa: S106
            stripe_connect_webhook_secrets="none",
            link_keys=f"described:{'A' * 43}",
            signing_keys=json.dumps({"keys": [key.as_dict(private=True)]}),
        )
    )


def main() -> None:
    serve(build(CatalogSettings()))
