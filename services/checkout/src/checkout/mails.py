"""The mails to buyers, composed when they are sent."""

from uuid import UUID

from chassis.mail import Composer, OutgoingMail
from sqlmodel.ext.asyncio.session import AsyncSession
from storefront import Mail, Storefront, mails

from checkout import store
from checkout.bookkeeping.refunds import ORDER_REFUNDED
from checkout.bookkeeping.sessions import ORDER_LINK
from checkout.links import BuyerLinks
from checkout.models import CustomerContact, LinkReissue, MirroredCreator, Order, OrderLookup, Refund, UnusedGrant
from checkout.use_cases.look_up_orders import ORDERS_FOUND
from checkout.use_cases.reissue_link import LINK_REISSUED
from checkout.use_cases.remind_unused import DOWNLOAD_UNUSED

MOST_FOUND = 50


class BuyerMails:
    """Composers of what is owed to buyers; None where no address is known, or the link has ended meanwhile."""

    def __init__(self, shop: Storefront, links: BuyerLinks) -> None:
        self._shop = shop
        self._links = links

    def composers(self) -> dict[str, Composer]:
        return {
            ORDER_LINK: self.order_link,
            LINK_REISSUED: self.link_reissued,
            ORDER_REFUNDED: self.order_refunded,
            DOWNLOAD_UNUSED: self.download_unused,
            ORDERS_FOUND: self.orders_found,
        }

    async def order_link(self, session: AsyncSession, order_id: UUID) -> OutgoingMail | None:
        order = await store.order_by_id(session, order_id)
        return await self._link(session, order, reissued=False)

    async def link_reissued(self, session: AsyncSession, reissue_id: UUID) -> OutgoingMail | None:
        reissue = await session.get(LinkReissue, reissue_id)
        assert reissue is not None
        order = await store.order_by_id(session, reissue.order_id)
        return await self._link(session, order, reissued=True)

    async def order_refunded(self, session: AsyncSession, refund_id: UUID) -> OutgoingMail | None:
        refund = await session.get(Refund, refund_id)
        assert refund is not None
        order = await store.order_by_id(session, refund.order_id)
        sold = await store.sold(session, order)
        mail = mails.OrderRefunded(
            accent=sold.page.accent,
            time_zone=sold.page.time_zone,
            order_id=str(order.id),
            product_name=sold.product.name,
            creator_name=sold.creator.name,
            amount_refunded=refund.amount,
            currency=order.currency,
            refunded_at=refund.created_at,
            access_revoked=_ends_access(order, refund),
        )
        return await _addressed(session, order, self._shop.write(mail))

    async def download_unused(self, session: AsyncSession, order_id: UUID) -> OutgoingMail | None:
        order = await store.order_by_id(session, order_id)
        unused = await session.get(UnusedGrant, order_id)
        assert unused is not None
        if not order.gives_access or order.last_download_at is not None:
            return None
        sold = await store.sold(session, order)
        mail = mails.DownloadUnused(
            accent=sold.page.accent,
            time_zone=sold.page.time_zone,
            order_id=str(order.id),
            product_name=sold.product.name,
            creator_name=sold.creator.name,
            download_url=self._links.public_url + self._links.download_path(order),
            access_ends_at=unused.expires_at,
        )
        return await _addressed(session, order, self._shop.write(mail))

    async def orders_found(self, session: AsyncSession, lookup_id: UUID) -> OutgoingMail | None:
        """None where the address was erased meanwhile."""
        lookup = await session.get(OrderLookup, lookup_id)
        asked = await session.get(CustomerContact, lookup.customer_id) if lookup else None
        if asked is None:
            return None
        contacts = await store.contacts_of(session, asked.email)
        orders = await store.orders_with_access(session, [contact.customer_id for contact in contacts], MOST_FOUND)
        mail = mails.OrdersFound(
            orders=tuple([await self._found(session, order) for order in orders]),
            erase_urls=tuple([await self._erasure(session, contact) for contact in contacts]),
        )
        written = self._shop.write(mail)
        return OutgoingMail(asked.email, written.subject, written.text, written.html)

    async def _found(self, session: AsyncSession, order: Order) -> mails.FoundOrder:
        sold = await store.sold(session, order)
        url = self._links.public_url + self._links.download_path(order)
        return mails.FoundOrder(sold.product.name, sold.creator.name, url, order.paid_at or order.created_at)

    async def _erasure(self, session: AsyncSession, contact: CustomerContact) -> tuple[str, str]:
        creator = await session.get(MirroredCreator, contact.creator_id)
        return creator.name if creator else "", self._links.erasure_url(contact.customer_id)

    async def _link(self, session: AsyncSession, order: Order, *, reissued: bool) -> OutgoingMail | None:
        if not order.gives_access or order.paid_at is None:
            return None
        sold = await store.sold(session, order)
        mail = mails.OrderLink(
            accent=sold.page.accent,
            time_zone=sold.page.time_zone,
            order_id=str(order.id),
            product_name=sold.product.name,
            creator_name=sold.creator.name,
            download_url=self._links.public_url + self._links.download_path(order),
            access_ends_at=order.access_until(sold.product.access_days),
            attempts_allowed=sold.product.attempts_allowed,
            amount_paid=order.amount_paid,
            currency=order.currency,
            paid_at=order.paid_at,
            file_name=sold.product.file_name,
            file_size_bytes=sold.product.file_size_bytes,
            reissued=reissued,
        )
        return await _addressed(session, order, self._shop.write(mail))


def _ends_access(order: Order, refund: Refund) -> bool:
    """Also while Stripe's total is still to be read: the mail may go out before."""
    whole = refund.amount >= order.amount_paid
    return order.access_revoked or refund.revoke_access or whole or not order.was_fulfilled


async def _addressed(session: AsyncSession, order: Order, mail: Mail) -> OutgoingMail | None:
    contact = await session.get(CustomerContact, order.customer_id)
    return OutgoingMail(contact.email, mail.subject, mail.text, mail.html) if contact else None
