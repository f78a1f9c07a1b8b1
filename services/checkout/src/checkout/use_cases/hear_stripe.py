"""Keep each of Stripe's events once, and follow it: at once if it can be, else when what it is about is known."""

from datetime import datetime
from uuid import UUID

from chassis import telemetry
from chassis.db import Database, Tx
from sqlalchemy.dialects.postgresql import insert

from checkout import store
from checkout.bookkeeping.disputes import follow_dispute
from checkout.bookkeeping.refunds import follow_ledger, number_look
from checkout.bookkeeping.sessions import follow_session
from checkout.links import BuyerLinks
from checkout.models import Order, StripeEvent
from checkout.ports import Ledger, Notice, NoticeKind, Payments, ProviderRefused, ProviderUnavailable

log = telemetry.logger(__name__)
Look = tuple[int, Ledger]
"""A look at a payment's refunds, and its number."""


async def hear_stripe(db: Database, payments: Payments, links: BuyerLinks, notice: Notice) -> None:
    """Committed when it returns: kept, and followed unless something that it needs is still on its way."""
    await _keep(db, notice)
    await follow_event(db, payments, links, notice.id)


async def follow_event(db: Database, payments: Payments, links: BuyerLinks, event_id: str) -> None:
    """Follow a kept event, and those that waited for the payment it made known."""
    payment_id = await _follow_one(db, payments, links, event_id)
    if payment_id is None:
        return
    async with db.reading() as reading:
        waiting = await store.events_waiting_for(reading, payment_id)
    for event in waiting:
        await _follow_one(db, payments, links, event.id)


async def _keep(db: Database, notice: Notice) -> None:
    async with db.transaction() as tx:
        now = tx.clock.now()
        row = {
            "id": notice.id,
            "type": notice.type,
            "payment_id": notice.payment_id,
            "notice": notice.model_dump(mode="json"),
            "received_at": now,
            "due_at": now,
            "tries": 0,
        }
        await tx.session.execute(insert(StripeEvent).values(row).on_conflict_do_nothing())


async def _follow_one(db: Database, payments: Payments, links: BuyerLinks, event_id: str) -> str | None:
    """The payment that it was about, when it was followed now for the first time."""
    async with db.reading() as reading:
        event = await reading.get(StripeEvent, event_id)
    if event is None or event.notice is None:
        return None
    notice = Notice.model_validate(event.notice)
    look = await _look(db, payments, notice)
    exact = await _to_the_second(db, payments, notice)
    async with db.transaction() as tx:
        kept = await store.unapplied_event(tx, event_id)
        if kept is None:
            return None
        if exact is None or not await _follow(tx, links, exact, look):
            kept.postponed(tx.clock.now())
            return None
        kept.applied(tx.clock.now())
    return notice.payment_id


async def _follow(tx: Tx, links: BuyerLinks, notice: Notice, look: Look | None) -> bool:
    """False when it has to wait."""
    if notice.session is not None:
        return await follow_session(tx, links, notice.session, notice.id)
    if notice.dispute is not None:
        return await follow_dispute(tx, notice.dispute, notice.id)
    if notice.kind is NoticeKind.REFUND:
        if look is not None:
            await follow_ledger(tx, look[1], look[0], notice.id)
        return look is not None
    return True  # a declined card: the session stays open for another try


async def _to_the_second(db: Database, payments: Payments, notice: Notice) -> Notice | None:
    """An event is a moment younger than the payment that it tells of: where that decides, Stripe is asked for its own.

    None where it cannot be asked now.
    """
    told = notice.session
    if told is None or told.committed_at is None or await _is_honoured(db, told.order_id, told.committed_at):
        return notice
    try:
        asked = await payments.session(told.id)
    except (ProviderRefused, ProviderUnavailable) as error:
        log.warning("payment's instant not looked up", stripe_event=notice.id, error=str(error))
        return None
    committed_at = min(told.committed_at, asked.committed_at or told.committed_at)
    return notice.model_copy(update={"session": told.model_copy(update={"committed_at": committed_at})})


async def _is_honoured(db: Database, order_id: UUID, committed_at: datetime) -> bool:
    """Also while the order is not known: nothing is decided then."""
    async with db.reading() as reading:
        order = await reading.get(Order, order_id)
        return order is None or (await store.page_of(reading, order)).honours(order.created_at, committed_at)


async def _look(db: Database, payments: Payments, notice: Notice) -> Look | None:
    """Ask Stripe how the payment's refunds stand; None for other events, and where it cannot be known yet."""
    if notice.kind is not NoticeKind.REFUND or notice.payment_id is None:
        return None
    async with db.transaction() as tx:
        number = await number_look(tx, notice.payment_id)
    if number is None:
        return None
    try:
        return number, await payments.ledger(notice.payment_id)
    except (ProviderRefused, ProviderUnavailable) as error:
        log.warning("refunds not looked up", stripe_event=notice.id, error=str(error))
        return None
