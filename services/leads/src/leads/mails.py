"""The mails of leads: looked up and written when they are sent. Each can be left with one click."""

from uuid import UUID

from chassis.db import Session
from chassis.errors import NotHeardYet
from chassis.mail import OutgoingMail
from contracts.pages import PageStatus
from storefront import Mail, Storefront
from storefront.mails import ConfirmRegistrationMail, PageIsLive

from leads import store
from leads.links import Links
from leads.models import Confirmation, MirroredCreator, MirroredPage, Registration
from leads.passes import lead_pass


class Mails:
    """Composers, by what the mail is about."""

    def __init__(self, shop: Storefront, links: Links) -> None:
        self._shop = shop
        self._links = links

    async def confirm_registration(self, session: Session, about: UUID) -> OutgoingMail | None:
        """About a confirmation; nobody is asked who was deleted, or has confirmed."""
        asked = await session.get(Confirmation, about)
        registration = await session.get(Registration, asked.registration_id) if asked else None
        if registration is None or registration.confirmed_at is not None:
            return None
        page, title, creator = await self._page(session, registration.sales_page_id)
        mail = ConfirmRegistrationMail(
            page_title=title,
            creator_name=creator,
            confirm_url=self._links.confirm_url(registration.id),
            delete_url=self._links.delete_url(registration.id),
            launch_at=page.launch_at,
            name=registration.name,
            accent=page.accent,
            time_zone=page.time_zone,
        )
        return self._to(registration, self._shop.write(mail))

    async def page_is_live(self, session: Session, about: UUID) -> OutgoingMail | None:
        """About a registration; nobody is led to a page that was withdrawn meanwhile, or that they bought from."""
        registration = await session.get(Registration, about)
        if registration is None or registration.order_id is not None:
            return None
        page, title, creator = await self._page(session, registration.sales_page_id)
        if page.status == PageStatus.WITHDRAWN:
            return None
        mail = PageIsLive(
            page_title=title,
            creator_name=creator,
            page_url=self._links.page_url_with(page.short_id, lead_pass(page, registration)),
            expires_at=page.expires_at,
            delete_url=self._links.delete_url(registration.id),
            name=registration.name,
            accent=page.accent,
            time_zone=page.time_zone,
        )
        return self._to(registration, self._shop.write(mail))

    async def _page(self, session: Session, page_id: UUID) -> tuple[MirroredPage, str, str]:
        """The page, its title and its creator's name; raises NotHeardYet, after which the mail is tried again."""
        page = await session.get(MirroredPage, page_id)
        if page is None:
            raise NotHeardYet
        title = await store.title_of(session, page)
        creator = await session.get(MirroredCreator, page.creator_id)
        if title is None or creator is None:
            raise NotHeardYet
        return page, title, creator.name

    def _to(self, registration: Registration, mail: Mail) -> OutgoingMail:
        headers = {
            "List-Unsubscribe": f"<{self._links.one_click_url(registration.id)}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
        return OutgoingMail(registration.email, mail.subject, mail.text, mail.html, headers)
