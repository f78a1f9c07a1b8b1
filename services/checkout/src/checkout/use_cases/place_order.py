"""Place an order at the price of this moment, with a unit held: everything that needs no answer from Stripe."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from chassis.clock import new_id
from chassis.db import Tx
from chassis.errors import Invalid, NotHeardYet
from chassis.passes import Pass, PassKind
from contracts.catalog import Pricing

from checkout import store
from checkout.bookkeeping.discounts import code_for, take_discount
from checkout.bookkeeping.sessions import fulfil
from checkout.bookkeeping.stock import take_unit
from checkout.errors import DiscountNotValid, PageUnknown, SoldOut
from checkout.fees import application_fee
from checkout.links import BuyerLinks
from checkout.models import (
    CheckoutSession,
    MirroredCreator,
    MirroredPage,
    MirroredProduct,
    Order,
    Payment,
    Unit,
    WaitingListOffer,
)
from checkout.ports import SessionRequest
from checkout.prices import chosen_price

SHORTEST = timedelta(minutes=31)
"""Stripe's minimum is 30 minutes from when it gets to read the request."""
LONGEST = timedelta(hours=23, minutes=59)


@dataclass(frozen=True)
class Purchase:
    """What a buyer asks for; without `product_id`, the page's first product."""

    short_id: str
    product_id: UUID | None = None
    email: str | None = None
    amount_in_cents: int | None = None
    typed_amount: str | None = None
    discount_code: str | None = None
    bearer: Pass | None = None
    source: str | None = None


async def place_order(tx: Tx, links: BuyerLinks, fee_bps: int, purchase: Purchase) -> Order:
    """The order, told; a free one is complete already, another waits for its session to be opened."""
    page, product, creator = await _what_is_sold(tx, purchase)
    now = tx.clock.now()
    bearer = purchase.bearer if purchase.bearer and purchase.bearer.page_id == page.id else None
    page.check_sells(now, early=bearer is not None and bearer.kind is PassKind.EARLY_ACCESS)
    product.check_available(now)
    price = chosen_price(product, purchase.amount_in_cents, purchase.typed_amount)
    known = await store.customer_id_for(tx, page.creator_id, purchase.email, None)
    order = Order.place(page, product, price, known or new_id(), now)
    order.registration_id = bearer.registration_id if bearer else None
    order.source = purchase.source
    if not await _has_offer(tx, bearer, page, now) and not await take_unit(tx, page.id, Unit.HELD):
        raise SoldOut
    tx.session.add(order)
    await tx.session.flush()
    if purchase.discount_code:
        await _discount(tx, order, page, product, purchase)
    account = creator.account_to_charge() if order.amount_due else None
    tx.publish(order.placed())
    if account is None:
        await fulfil(tx, links, order, Payment(None, 0, order.currency, now))
    else:
        tx.session.add(_session(order, page, product, account, links, fee_bps, purchase.email))
    return order


async def _has_offer(tx: Tx, bearer: Pass | None, page: MirroredPage, now: datetime) -> bool:
    """Whether a unit is held already for who bears the waiting list's pass: the order has it from now on."""
    if bearer is None or bearer.kind is not PassKind.WAITING_LIST:
        return False
    offer = await tx.session.get(WaitingListOffer, bearer.id, with_for_update=True)
    if offer is None:
        raise NotHeardYet("The offer has not been heard of yet.")
    return offer.takes_up(bearer.registration_id, page.id, now)


async def _discount(tx: Tx, order: Order, page: MirroredPage, product: MirroredProduct, purchase: Purchase) -> None:
    assert purchase.discount_code is not None
    code = await code_for(tx, page, purchase.discount_code)
    if product.pricing is not Pricing.FIXED:
        raise DiscountNotValid("Here you pay what you want.")
    order.reduce(code.discount_on(order.price_in_cents, order.currency, tx.clock.now()), code.id)
    await take_discount(tx, order, code, purchase.email)


async def _what_is_sold(tx: Tx, purchase: Purchase) -> tuple[MirroredPage, MirroredProduct, MirroredCreator]:
    page = await store.page_by_short_id(tx.session, purchase.short_id)
    if page is None:
        raise PageUnknown
    product_id = purchase.product_id or page.product_id
    if product_id not in page.product_ids:
        raise Invalid("#/productId", "This page does not sell it.")
    product = await tx.session.get(MirroredProduct, product_id)
    creator = await tx.session.get(MirroredCreator, page.creator_id)
    if product is None or creator is None:
        raise NotHeardYet("The page's product has not been heard of yet.")
    return page, product, creator


def _session(
    order: Order,
    page: MirroredPage,
    product: MirroredProduct,
    account: str,
    links: BuyerLinks,
    fee_bps: int,
    email: str | None,
) -> CheckoutSession:
    fee = application_fee(order.amount_due, order.currency, fee_bps)
    expires_at = _session_end(page, product, order.created_at)
    request = SessionRequest(
        order_id=order.id,
        product_name=product.name,
        amount=order.amount_due,
        currency=order.currency,
        destination=account,
        application_fee=fee,
        expires_at=expires_at,
        success_url=links.thanks_url(order.id),
        cancel_url=links.page_url(page.short_id),
        email=email,
    )
    return CheckoutSession.wanted(order, request.model_dump(mode="json"), fee, expires_at)


def _session_end(page: MirroredPage, product: MirroredProduct, now: datetime) -> datetime:
    """With the page or the product, within Stripe's bounds; where the page closes sooner, we end the session ourselves.

    Of a page with few units each session is short, so that nobody who walks away holds one for a day.
    """
    longest = LONGEST if page.quantity_limit is None else SHORTEST
    closes_at = min(page.closes_at, product.expires_at or page.closes_at)
    return min(max(closes_at, now + SHORTEST), now + longest).replace(microsecond=0)
