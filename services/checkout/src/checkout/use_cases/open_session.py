"""Open the Checkout Session of an order that was placed: once, however often it is asked for."""

from uuid import UUID

from chassis import telemetry
from chassis.db import Database
from contracts.checkout import OrderStatus

from checkout import store
from checkout.bookkeeping.discounts import give_back_discount
from checkout.bookkeeping.sessions import ends_at
from checkout.bookkeeping.stock import move_unit
from checkout.errors import OrderClosed, PaymentProviderUnavailable, PaymentRefused
from checkout.links import BuyerLinks
from checkout.models import CheckoutSession, Unit
from checkout.ports import OpenedSession, Payments, ProviderRefused, ProviderUnavailable, SessionRequest

log = telemetry.logger(__name__)


async def open_session(db: Database, payments: Payments, links: BuyerLinks, order_id: UUID) -> str:
    """Where to send the buyer. Raises OrderClosed, PaymentRefused or PaymentProviderUnavailable."""
    async with db.reading() as reading:
        order = await store.order_by_id(reading, order_id)
        session = await store.checkout_session_of(reading, order_id)
    if session is None or order.status is OrderStatus.COMPLETED:
        return links.thanks_url(order_id)
    url = session.url or await _open(db, payments, session)
    if url is None:
        raise OrderClosed
    return url


async def finish_session(db: Database, payments: Payments, order_id: UUID) -> None:
    """Learn the id of a session whose opening was interrupted; nobody is sent to it from then on, so it has no URL.

    One that a buyer was sent to meanwhile stays as it is. Raises PaymentRefused or PaymentProviderUnavailable.
    """
    async with db.reading() as reading:
        session = await store.checkout_session_of(reading, order_id)
    assert session is not None
    if session.url is None:
        await _open(db, payments, session, for_buyer=False)


async def _open(db: Database, payments: Payments, session: CheckoutSession, *, for_buyer: bool = True) -> str | None:
    """Its URL; None where nobody is to be sent to it."""
    if session.request is None:
        return None
    request = SessionRequest.model_validate(session.request)
    try:
        opened = await payments.open_session(request, session.idempotency_key)
    except ProviderRefused as refused:
        await _fail(db, session.order_id)
        raise PaymentRefused(code=refused.code) from refused
    except ProviderUnavailable as unavailable:
        if unavailable.answered:
            await _use_another_key(db, session)
        log.warning("session not opened", order_id=str(session.order_id), error=str(unavailable.__cause__))
        raise PaymentProviderUnavailable from unavailable
    return await _keep(db, session.order_id, opened, for_buyer=for_buyer)


async def _keep(db: Database, order_id: UUID, opened: OpenedSession, *, for_buyer: bool) -> str | None:
    """Under one key Stripe opens one session: who is answered second finds what the first has made of it."""
    async with db.transaction() as tx:
        page = await store.page_unchanged(tx, order_id)
        order = await store.order_to_change(tx, order_id)
        session = await store.checkout_session_of(tx.session, order_id)
        assert order is not None
        assert session is not None
        if session.stripe_session_id in {None, opened.id} and session.request is not None:
            url = opened.url if for_buyer else None
            session.opened(opened.id, url, tx.clock.now(), ends_at(order, session, page))
        return session.url


async def _fail(db: Database, order_id: UUID) -> None:
    async with db.transaction() as tx:
        order = await store.order_to_change(tx, order_id)
        session = await store.checkout_session_of(tx.session, order_id)
        assert session is not None
        if order is not None and order.status is OrderStatus.PROCESSING:
            tx.publish(order.fail("payment-refused"))
            session.ended()
            await move_unit(tx, order, Unit.NONE)
            await give_back_discount(tx, order)


async def _use_another_key(db: Database, failed: CheckoutSession) -> None:
    """Stripe keeps an error it answered under its key for a day and repeats it."""
    async with db.transaction() as tx:
        await store.order_to_change(tx, failed.order_id)
        session = await store.checkout_session_of(tx.session, failed.order_id)
        if session is not None and session.attempt == failed.attempt:
            session.attempt += 1
