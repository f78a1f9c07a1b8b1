"""The composition root of pages."""

from chassis.auth import Keys
from chassis.clock import Clock
from chassis.edge import CloudflareKV, edge_job
from chassis.lifecycle import Service, serve
from contracts.pages import (
    ApiKeyUsedAtPages,
    PageExpired,
    PageExpiring,
    PageLaunched,
    PagePublished,
    PageUpdated,
    PageWithdrawn,
    ViewsCounted,
)
from storefront import Storefront

from pages.edge_entries import edge_entries
from pages.http import ROUTERS
from pages.http.guesses import Guesses
from pages.http.ready_answers import ReadyAnswers
from pages.jobs import JOBS
from pages.object_store import S3Previews
from pages.page_cache import PageCache
from pages.ready_pictures import ReadyPictures
from pages.settings import PagesSettings
from pages.subscribers import SUBSCRIPTIONS
from pages.view_counts import ViewCounts

VERSION = "0.1.0"


def build(
    settings: PagesSettings, *, clock: Clock | None = None, keys: Keys | None = None, pass_keys: Keys | None = None
) -> Service:
    """Pages, put together; nothing is connected yet."""
    shop = Storefront("pages", settings.public_url)
    service = Service(
        name="pages",
        version=VERSION,
        settings=settings,
        routers=ROUTERS,
        tells=(
            ApiKeyUsedAtPages,
            PagePublished,
            PageUpdated,
            PageLaunched,
            PageExpiring,
            PageExpired,
            PageWithdrawn,
            ViewsCounted,
        ),
        hears=SUBSCRIPTIONS,
        jobs=JOBS,
        mounts={"/assets": shop.static},
        clock=clock,
        keys=keys,
        key_used=ApiKeyUsedAtPages,
        pass_keys=pass_keys or Keys(settings.leads_jwks_url),
    )
    cache = PageCache(service.db)
    previews = S3Previews(settings)
    view_counts = ViewCounts(service.db)
    service.resources = (cache, previews, view_counts)
    if settings.tells_the_edge:
        edge = CloudflareKV(settings)
        service.resources = (*service.resources, edge)
        service.jobs = (*JOBS, edge_job(edge, edge_entries))
    service.state = {
        "shop": shop,
        "cache": cache,
        "documents": ReadyAnswers(),
        "rendered": ReadyAnswers(),
        "previews": previews,
        "pictures": ReadyPictures(),
        "view_counts": view_counts,
        "guesses": Guesses(service.redis),
    }
    return service


def describe() -> Service:
    """Pages as its documents show it: with settings that lead nowhere."""
    return build(
        PagesSettings(
            database_url="postgresql://pages@localhost/pages",
            amqp_url="amqp://localhost/",
            redis_url="redis://localhost/0",
            public_url="http://localhost",
            jwks_url="http://localhost/jwks.json",
            leads_jwks_url="http://localhost/jwks.json",
            s3_endpoint_url="http://localhost",
            s3_access_key_id="described",
            s3_secret_access_key="described",  # noqa: S106 - leads nowhere
        )
    )


def main() -> None:
    serve(build(PagesSettings()))
