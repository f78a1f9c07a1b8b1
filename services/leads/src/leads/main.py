"""The composition root of leads."""

from chassis.auth import Keys
from chassis.clock import Clock, SystemClock
from chassis.lifecycle import Service, serve
from chassis.signing import generated
from contracts.leads import (
    ApiKeyUsedAtLeads,
    RegistrationConfirmed,
    RegistrationDeleted,
    WaitingListLapsed,
    WaitingListOffered,
)
from storefront import Storefront

from leads.http import ROUTERS
from leads.jobs import all_jobs
from leads.links import Links
from leads.mails import Mails
from leads.settings import LeadsSettings
from leads.subscribers import SUBSCRIPTIONS
from leads.use_cases.let_in_early import EARLY_ACCESS
from leads.use_cases.offer_units import WAITING_LIST_OFFER
from leads.use_cases.register_lead import CONFIRM_REGISTRATION
from leads.use_cases.tell_of_successor import NEXT_IS_LIVE
from leads.use_cases.tell_registrants import PAGE_IS_LIVE

VERSION = "0.1.0"


def build(settings: LeadsSettings, *, clock: Clock | None = None, keys: Keys | None = None) -> Service:
    """Leads, put together; nothing is connected yet."""
    signing = settings.pass_keys()
    links = Links(settings.link_key_ring(), signing, settings.public_url)
    shop = Storefront("leads", settings.public_url)
    clock = clock or SystemClock()
    mails = Mails(shop, links, clock)
    return Service(
        name="leads",
        version=VERSION,
        settings=settings,
        routers=ROUTERS,
        tells=(ApiKeyUsedAtLeads, RegistrationConfirmed, RegistrationDeleted, WaitingListOffered, WaitingListLapsed),
        hears=SUBSCRIPTIONS,
        jobs=all_jobs(settings.offer_lives()),
        mails={
            CONFIRM_REGISTRATION: mails.confirm_registration,
            EARLY_ACCESS: mails.early_access,
            PAGE_IS_LIVE: mails.page_is_live,
            WAITING_LIST_OFFER: mails.waiting_list_offer,
            NEXT_IS_LIVE: mails.next_is_live,
        },
        state={"links": links, "shop": shop, "signing": signing},
        mounts={"/assets": shop.static},
        clock=clock,
        keys=keys,
        key_used=ApiKeyUsedAtLeads,
    )


def describe() -> Service:
    """Leads as its documents show it: with settings that lead nowhere."""
    return build(
        LeadsSettings(
            database_url="postgresql://leads@localhost/leads",
            amqp_url="amqp://localhost/",
            redis_url="redis://localhost/0",
            public_url="http://localhost",
            jwks_url="http://localhost/jwks.json",
            link_keys=f"described:{'A' * 43}",
            signing_keys=generated("described"),
        )
    )


def main() -> None:
    serve(build(LeadsSettings()))
