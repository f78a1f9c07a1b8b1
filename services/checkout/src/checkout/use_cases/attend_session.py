"""Ask Stripe what became of an unpaid order's session, and follow it.

It is ended where its page has closed, and where it has no URL: nobody was sent to it.
"""

from uuid import UUID

from chassis.clock import backoff
from chassis.db import Database
from contracts.checkout import OrderStatus

from checkout import store
from checkout.bookkeeping.sessions import ends_at, follow_session
from checkout.links import BuyerLinks
from checkout.models import CheckoutSession
from checkout.ports import Payments, ProviderRefused, ProviderUnavailable, SessionFacts


async def attend_session(db: Database, payments: Payments, links: BuyerLinks, order_id: UUID) -> None:
    """For a session that Stripe has opened. What cannot be asked is asked later."""
    async with db.reading() as reading:
        order = await store.order_by_id(reading, order_id)
        session = await store.checkout_session_of(reading, order_id)
        page = await store.page_of(reading, order)
    if session is None or session.stripe_session_id is None:
        return
    wanted = session.url is not None and page.honours(order.created_at, db.clock.now())
    try:
        ask = payments.session if wanted or session.committed_at else payments.end_session
        facts = await ask(session.stripe_session_id)
    except (ProviderRefused, ProviderUnavailable):
        await _postpone(db, session)
    else:
        await _follow(db, links, facts)


async def _follow(db: Database, links: BuyerLinks, facts: SessionFacts) -> None:
    async with db.transaction() as tx:
        page = await store.page_unchanged(tx, facts.order_id)
        await follow_session(tx, links, facts, because=facts.id)
        order = await store.order_by_id(tx.session, facts.order_id)
        session = await store.checkout_session_of(tx.session, facts.order_id)
        assert session is not None
        if order.status is OrderStatus.PROCESSING and session.settled_at is None:
            session.looked(tx.clock.now(), ends_at(order, session, page))
        else:
            session.ended()


async def _postpone(db: Database, asked: CheckoutSession) -> None:
    async with db.transaction() as tx:
        await store.order_to_change(tx, asked.order_id)
        session = await store.checkout_session_of(tx.session, asked.order_id)
        if session is not None:
            session.tries += 1
            session.ask_due_at = tx.clock.now() + backoff(session.tries)
