"""The composition root: the only room that knows all of checkout."""

from chassis.auth import Keys
from chassis.clock import Clock
from chassis.lifecycle import Service, serve
from contracts.checkout import (
    ApiKeyUsedAtCheckout,
    CustomerErased,
    DisputeClosed,
    OrderDisputed,
    OrderFailed,
    OrderLinkReissued,
    OrderPaid,
    OrderPlaced,
    OrderRefunded,
    StockChanged,
)
from storefront import Storefront

from checkout import webhooks
from checkout.http import ROUTERS
from checkout.jobs import Jobs
from checkout.links import BuyerLinks
from checkout.mails import BuyerMails
from checkout.retention import RULES
from checkout.settings import CheckoutSettings
from checkout.stripe_payments import StripePayments
from checkout.subscribers import SUBSCRIPTIONS

TELLS = (
    ApiKeyUsedAtCheckout,
    OrderPlaced,
    OrderPaid,
    OrderFailed,
    OrderRefunded,
    OrderDisputed,
    DisputeClosed,
    OrderLinkReissued,
    StockChanged,
    CustomerErased,
)

VERSION = "0.1.0"


def build(
    settings: CheckoutSettings, *, clock: Clock | None = None, keys: Keys | None = None, pass_keys: Keys | None = None
) -> Service:
    """Checkout, ready to be run; nothing is connected yet."""
    payments = StripePayments(settings.stripe_secret_key, settings.stripe_api_base, settings.stripe_api_version)
    links = BuyerLinks(settings.link_key_ring(), settings.public_url)
    shop = Storefront("checkout", settings.public_url)
    return Service(
        name="checkout",
        version=VERSION,
        settings=settings,
        routers=[*ROUTERS, webhooks.router],
        tells=TELLS,
        hears=SUBSCRIPTIONS,
        jobs=Jobs(payments, links).all(),
        retention=RULES,
        mails=BuyerMails(shop, links).composers(),
        resources=[payments],
        state={"payments": payments, "links": links, "shop": shop, "webhook_secrets": settings.webhook_secrets()},
        mounts={"/assets": shop.static},
        clock=clock,
        keys=keys,
        key_used=ApiKeyUsedAtCheckout,
        pass_keys=pass_keys or Keys(settings.leads_jwks_url),
    )


def describe() -> Service:
    """Checkout as its documents show it: with settings that lead nowhere."""
    return build(
        CheckoutSettings(
            database_url="postgresql://checkout@localhost/checkout",
            amqp_url="amqp://localhost/",
            redis_url="redis://localhost/0",
            public_url="http://localhost",
            jwks_url="http://localhost/jwks.json",
            leads_jwks_url="http://localhost/jwks.json",
            link_keys=f"described:{'A' * 43}",
            stripe_secret_key="described",  # noqa: S106 - nothing is called with it
            stripe_webhook_secrets="described",
        )
    )


def main() -> None:
    serve(build(CheckoutSettings()))
