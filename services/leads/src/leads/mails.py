"""The mails of leads: looked up and written when they are sent. Each can be left with one click."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chassis.clock import Clock
from chassis.db import Session
from chassis.errors import NotHeardYet
from chassis.mail import OutgoingMail
from storefront import Storefront
from storefront.mails import ConfirmRegistrationMail, EarlyAccess, MailView, PageIsLive
from storefront.mails import WaitingListOffer as WaitingListOfferMail

from leads import store
from leads.links import Links
from leads.models import Confirmation, MirroredCreator, MirroredPage, Purpose, Registration, WaitingListOffer
from leads.passes import early_access_pass, lead_pass, waiting_list_pass


@dataclass(frozen=True)
class Named:
    """A page with what it and its creator are called."""

    page: MirroredPage
    title: str
    creator: str


class Mails:
    """Composers, by what the mail is about. None: there is nobody to write to any more."""

    def __init__(self, shop: Storefront, links: Links, clock: Clock) -> None:
        self._shop = shop
        self._links = links
        self._clock = clock

    async def confirm_registration(self, session: Session, about: UUID) -> OutgoingMail | None:
        """About a confirmation; nobody is asked who was deleted, or has confirmed."""
        asked = await session.get(Confirmation, about)
        registration = await session.get(Registration, asked.registration_id) if asked else None
        if asked is None or registration is None or not registration.lacks(Purpose(asked.purpose)):
            return None
        named = await _named(session, registration.sales_page_id)
        mail = ConfirmRegistrationMail(
            confirm_url=self._links.confirm_url(registration.id),
            launch_at=named.page.launch_at if asked.purpose == Purpose.LAUNCH else None,
            **self._shared(registration, named),
        )
        return self._to(registration, mail)

    async def early_access(self, session: Session, about: UUID) -> OutgoingMail | None:
        """About a registration that is let in before the launch; nobody is led to a page that has closed meanwhile."""
        registration = await session.get(Registration, about)
        if registration is None or registration.early_access_from is None or registration.order_id is not None:
            return None
        named = await _named(session, registration.sales_page_id)
        if self._is_over(named.page):
            return None
        admitted = early_access_pass(named.page, registration, registration.early_access_from)
        mail = EarlyAccess(
            page_url=self._links.page_url_with(named.page.short_id, admitted),
            launch_at=named.page.launch_at,
            **self._shared(registration, named),
        )
        return self._to(registration, mail)

    async def page_is_live(self, session: Session, about: UUID) -> OutgoingMail | None:
        """About a registration; nobody is led to a page that has closed meanwhile, or that they bought from."""
        registration = await session.get(Registration, about)
        if registration is None or registration.order_id is not None:
            return None
        named = await _named(session, registration.sales_page_id)
        if self._is_over(named.page):
            return None
        admitted = lead_pass(named.page, registration)
        page_url = self._links.page_url_with(named.page.short_id, admitted)
        return self._to(registration, self._live(registration, named, page_url))

    async def waiting_list_offer(self, session: Session, about: UUID) -> OutgoingMail | None:
        """About an offer that still stands."""
        offer = await session.get(WaitingListOffer, about)
        if offer is None or offer.ended_at is not None:
            return None
        registration = await session.get_one(Registration, offer.registration_id)
        named = await _named(session, offer.sales_page_id)
        if self._is_over(named.page):
            return None
        mail = WaitingListOfferMail(
            page_url=self._links.page_url_with(named.page.short_id, waiting_list_pass(offer)),
            offered_until=offer.offered_until,
            **self._shared(registration, named),
        )
        return self._to(registration, mail)

    async def next_is_live(self, session: Session, about: UUID) -> OutgoingMail | None:
        """About a registration for the page that follows the one it was made on."""
        registration = await session.get(Registration, about)
        page = await session.get(MirroredPage, registration.sales_page_id) if registration else None
        if registration is None or page is None or page.successor_short_id is None:
            return None
        successor = await session.scalar(store.page_of_short_id(page.successor_short_id))
        if successor is None or self._is_over(successor):
            return None
        named = await _named(session, successor.id)
        return self._to(registration, self._live(registration, named, self._links.page_url(successor.short_id)))

    def _is_over(self, page: MirroredPage) -> bool:
        return page.is_over(self._clock.now())

    def _live(self, registration: Registration, named: Named, page_url: str) -> PageIsLive:
        shared = self._shared(registration, named)
        return PageIsLive(page_url=page_url, expires_at=named.page.closes_at, **shared)

    def _shared(self, registration: Registration, named: Named) -> dict[str, Any]:
        """What every mail says."""
        return {
            "page_title": named.title,
            "creator_name": named.creator,
            "delete_url": self._links.delete_url(registration.id),
            "name": registration.name,
            "accent": named.page.accent,
            "time_zone": named.page.time_zone,
        }

    def _to(self, registration: Registration, view: MailView) -> OutgoingMail:
        mail = self._shop.write(view)
        headers = {
            "List-Unsubscribe": f"<{self._links.one_click_url(registration.id)}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
        return OutgoingMail(registration.email, mail.subject, mail.text, mail.html, headers)


async def _named(session: Session, page_id: UUID) -> Named:
    """Raises NotHeardYet, after which the mail is tried again."""
    page = await session.get(MirroredPage, page_id)
    title = await store.title_of(session, page) if page else None
    creator = await session.get(MirroredCreator, page.creator_id) if page else None
    if page is None or title is None or creator is None:
        raise NotHeardYet
    return Named(page, title, creator.name)
