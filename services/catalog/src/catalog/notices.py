"""What creators are written about their sales. None to those who turned it off, or never verified their address."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chassis.errors import NotHeardYet
from chassis.mail import Composer, OutgoingMail
from contracts.checkout import OrderStatus
from sqlmodel.ext.asyncio.session import AsyncSession
from storefront import Storefront, mails

from catalog import store
from catalog.links import Links
from catalog.models import Creator, MirroredOrder, MirroredPage, Notice, PageEnd, Product


@dataclass(frozen=True)
class Sale:
    """An order with what it was of."""

    order: MirroredOrder
    product: Product

    def facts(self) -> dict[str, Any]:
        paid, currency = self.order.amount_paid, self.order.currency
        return {"product_name": self.product.name, "amount_paid": paid, "currency": currency}


class CreatorNotices:
    """Composers, by what the mail is about. Each can be left with one click."""

    def __init__(self, shop: Storefront, links: Links) -> None:
        self._shop = shop
        self._links = links

    def composers(self) -> Mapping[str, Composer]:
        """By kind, as `Tx.owe_mail` names it."""
        return {
            "sale-made": self.sale_made,
            "dispute-opened": self.dispute_opened,
            "dispute-closed": self.dispute_closed,
            "page-expiring": self.page_expiring,
            "page-expired": self.page_expired,
        }

    async def sale_made(self, session: AsyncSession, about: UUID) -> OutgoingMail | None:
        sale = await _sale(session, about)
        return await self._of_sale(session, sale, Notice.SALES, mails.SaleMade, paid_at=sale.order.paid_at)

    async def dispute_opened(self, session: AsyncSession, about: UUID) -> OutgoingMail | None:
        return await self._of_sale(session, await _sale(session, about), Notice.DISPUTES, mails.DisputeOpened)

    async def dispute_closed(self, session: AsyncSession, about: UUID) -> OutgoingMail | None:
        sale = await _sale(session, about)
        won = sale.order.status is not OrderStatus.CHARGED_BACK
        return await self._of_sale(session, sale, Notice.DISPUTES, mails.DisputeClosed, won=won)

    async def page_expiring(self, session: AsyncSession, about: UUID) -> OutgoingMail | None:
        """About an end of a page; not of one that was withdrawn, or whose end was put off, meanwhile."""
        page, stands = await _page_ending(session, about)
        if page.is_withdrawn or not stands:
            return None
        return await self._of_page(session, page, Notice.PAGE_EXPIRING, mails.PageExpiring)

    async def page_expired(self, session: AsyncSession, about: UUID) -> OutgoingMail | None:
        """About an end of a page, unless it was put off meanwhile; with what the page brought in, by currency."""
        page, stands = await _page_ending(session, about)
        if not stands:
            return None
        results = tuple(mails.PageResult(*result) for result in await store.sold_on_page(session, page.id))
        return await self._of_page(session, page, Notice.PAGE_EXPIRED, mails.PageExpired, results=results)

    async def _of_sale(
        self, session: AsyncSession, sale: Sale, notice: Notice, view: type[mails.SaleNotice], **more: Any
    ) -> OutgoingMail | None:
        creator = await _to_be_told(session, sale.order.creator_id, notice)
        if creator is None:
            return None
        return self._to(creator, notice, view(**more, **sale.facts(), **self._shared(creator, notice)))

    async def _of_page(
        self, session: AsyncSession, page: MirroredPage, notice: Notice, view: type[mails.PageNotice], **more: Any
    ) -> OutgoingMail | None:
        creator = await _to_be_told(session, page.creator_id, notice)
        if creator is None:
            return None
        facts = await self._about_page(session, page)
        return self._to(creator, notice, view(**more, **facts, **self._shared(creator, notice)))

    async def _about_page(self, session: AsyncSession, page: MirroredPage) -> dict[str, Any]:
        product = await session.get_one(Product, page.product_id)
        return {
            "page_title": page.title or product.name,
            "page_url": f"{self._shop.public_url}/p/{page.short_id}",
            "expires_at": page.expires_at,
            "time_zone": page.time_zone,
        }

    def _shared(self, creator: Creator, notice: Notice) -> dict[str, Any]:
        """What every such mail says."""
        return {
            "name": creator.name,
            "console_url": f"{self._shop.public_url}/",
            "unsubscribe_url": self._links.notices_url(creator.id, notice),
        }

    def _to(self, creator: Creator, notice: Notice, view: mails.MailView) -> OutgoingMail:
        mail = self._shop.write(view)
        headers = {
            "List-Unsubscribe": f"<{self._links.one_click_url(creator.id, notice)}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
        return OutgoingMail(creator.email, mail.subject, mail.text, mail.html, headers)


async def _to_be_told(session: AsyncSession, creator_id: UUID, notice: Notice) -> Creator | None:
    creator = await session.get(Creator, creator_id)
    return creator if creator is not None and creator.is_told_of(notice) else None


async def _sale(session: AsyncSession, order_id: UUID) -> Sale:
    """Raises NotHeardYet, after which the mail is tried again."""
    order = await session.get(MirroredOrder, order_id)
    if order is None:
        raise NotHeardYet
    return Sale(order, await session.get_one(Product, order.product_id))


async def _page_ending(session: AsyncSession, about: UUID) -> tuple[MirroredPage, bool]:
    """A page, by an end that it was given, and whether that still is its end. Raises NotHeardYet, as above.

    The release before told by the page's id: until it runs no more, one that is no end is a page.
    """
    end = await session.get(PageEnd, about)
    page = await session.get(MirroredPage, end.page_id if end else about)
    if page is None:
        raise NotHeardYet
    return page, end is None or page.expires_at == end.expires_at
