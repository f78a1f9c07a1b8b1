"""Queries worth a name."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from chassis.clock import new_id
from chassis.db import Tx
from contracts.checkout import OrderStatus
from sqlalchemy import func, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from checkout.models import (
    LEASE,
    AccessFact,
    AccessKind,
    CheckoutSession,
    CustomerContact,
    DiscountCode,
    Dispute,
    ErasedCustomer,
    MirroredCreator,
    MirroredPage,
    MirroredProduct,
    Order,
    Reconciliation,
    Refund,
    RefundStatus,
    StripeEvent,
)


async def page_by_short_id(session: AsyncSession, short_id: str) -> MirroredPage | None:
    return (await session.exec(select(MirroredPage).where(MirroredPage.short_id == short_id))).first()


async def page_of(session: AsyncSession, order: Order) -> MirroredPage:
    """The page an order was placed on: it was known then, and mirrors are never removed."""
    page = await session.get(MirroredPage, order.sales_page_id)
    assert page is not None
    return page


async def page_unchanged(tx: Tx, order_id: UUID) -> MirroredPage:
    """The order's page, which nobody changes until the transaction ends; to be asked for before any other lock."""
    order = await order_by_id(tx.session, order_id)
    query = select(MirroredPage).where(MirroredPage.id == order.sales_page_id).with_for_update(read=True)
    return (await tx.session.exec(query)).one()


async def order_by_id(session: AsyncSession, order_id: UUID) -> Order:
    """An order that is known to exist."""
    order = await session.get(Order, order_id)
    assert order is not None
    return order


async def order_to_change(tx: Tx, order_id: UUID) -> Order | None:
    """The order, locked until the transaction ends."""
    query = select(Order).where(Order.id == order_id).with_for_update()
    return (await tx.session.exec(query.execution_options(populate_existing=True))).first()


async def order_of_payment(tx: Tx, payment_id: str) -> Order | None:
    """The order that was paid with `payment_id`, locked until the transaction ends."""
    return (await tx.session.exec(select(Order).where(Order.payment_id == payment_id).with_for_update())).first()


async def checkout_session_of(session: AsyncSession, order_id: UUID) -> CheckoutSession | None:
    """To be changed only by who holds the order's lock."""
    return (await session.exec(select(CheckoutSession).where(CheckoutSession.order_id == order_id))).first()


async def page_closes_at(tx: Tx, page_id: UUID, closes_at: datetime) -> None:
    """Ask about the page's open sessions when it closes, if that is sooner than planned."""
    sooner = text(
        "UPDATE checkout_sessions s SET ask_due_at = :at FROM orders o"
        " WHERE o.id = s.order_id AND o.sales_page_id = :page AND o.status = 'processing'"
        " AND s.committed_at IS NULL AND s.ask_due_at > :at"
    )
    await tx.session.execute(sooner, {"page": page_id, "at": closes_at})


async def discount_code_to_change(tx: Tx, page_id: UUID, code: str) -> DiscountCode | None:
    """The page's code of that name, locked until the transaction ends."""
    query = select(DiscountCode).where(
        DiscountCode.sales_page_id == page_id, DiscountCode.code == code, col(DiscountCode.withdrawn_at).is_(None)
    )
    return (await tx.session.exec(query.with_for_update())).first()


async def discount_codes_of(
    session: AsyncSession, creator_id: UUID, page_id: UUID | None, before: UUID | None, limit: int
) -> Sequence[DiscountCode]:
    """Those not withdrawn, the newest first, beginning after `before`."""
    query = select(DiscountCode).where(DiscountCode.creator_id == creator_id, col(DiscountCode.withdrawn_at).is_(None))
    if page_id is not None:
        query = query.where(DiscountCode.sales_page_id == page_id)
    if before is not None:
        query = query.where(DiscountCode.id < before)
    return (await session.exec(query.order_by(col(DiscountCode.id).desc()).limit(limit))).all()


async def refunds_of(session: AsyncSession, order_id: UUID) -> Sequence[Refund]:
    query = select(Refund).where(Refund.order_id == order_id).order_by(col(Refund.id))
    return (await session.exec(query)).all()


async def amount_being_refunded(session: AsyncSession, order_id: UUID) -> int:
    """Asked of Stripe and not answered yet, so that no total has it."""
    refunds = await refunds_of(session, order_id)
    return sum(refund.amount for refund in refunds if refund.status is RefundStatus.REQUESTED)


async def dispute_by_stripe_id(session: AsyncSession, stripe_dispute_id: str) -> Dispute | None:
    return (await session.exec(select(Dispute).where(Dispute.stripe_dispute_id == stripe_dispute_id))).first()


async def amount_lost(session: AsyncSession, order_id: UUID) -> int:
    """What banks took back for good."""
    disputes = (await session.exec(select(Dispute).where(Dispute.order_id == order_id))).all()
    return sum(dispute.amount for dispute in disputes if dispute.is_lost)


async def disputes_of(
    session: AsyncSession, creator_id: UUID, order_id: UUID | None, before: UUID | None, limit: int
) -> Sequence[Dispute]:
    """Of the creator's orders, the newest first, beginning after `before`."""
    query = select(Dispute).join(Order, col(Order.id) == col(Dispute.order_id)).where(Order.creator_id == creator_id)
    if order_id is not None:
        query = query.where(Dispute.order_id == order_id)
    if before is not None:
        query = query.where(Dispute.id < before)
    return (await session.exec(query.order_by(col(Dispute.id).desc()).limit(limit))).all()


async def take_day(tx: Tx, day: date, lease: timedelta) -> bool:
    """Whether the day's comparison is ours to make: nobody has finished it, or is making it."""
    now = tx.clock.now()
    ours = insert(Reconciliation).values(day=day, started_at=now, payments=0, findings=0)
    given_up = col(Reconciliation.finished_at).is_(None) & (col(Reconciliation.started_at) < now - lease)
    taken = ours.on_conflict_do_update(index_elements=["day"], set_={"started_at": now}, where=given_up)
    return (await tx.session.execute(taken.returning(col(Reconciliation.day)))).first() is not None


async def orders_to_compare(
    session: AsyncSession, since: datetime, until: datetime, after: UUID | None, limit: int
) -> Sequence[tuple[Order, datetime | None]]:
    """(order, when its payment was followed), of those placed in [since, until), by id."""
    query = select(Order, col(CheckoutSession.settled_at)).outerjoin(CheckoutSession)
    query = query.where(Order.created_at >= since, Order.created_at < until)
    if after is not None:
        query = query.where(Order.id > after)
    return (await session.exec(query.order_by(col(Order.id)).limit(limit))).all()


async def unknown_orders(session: AsyncSession, order_ids: Sequence[UUID]) -> Sequence[UUID]:
    """Those of which there is no order."""
    query = text(
        "SELECT asked.id FROM unnest(CAST(:ids AS uuid[])) AS asked (id)"
        " WHERE NOT EXISTS (SELECT FROM orders WHERE orders.id = asked.id)"
    )
    return (await session.execute(query, {"ids": order_ids})).scalars().all()


async def stuck_orders(tx: Tx, before: datetime, limit: int) -> Sequence[Order]:
    """Unpaid since `before`, in nobody's review, and with no session that is asked about; locked."""
    asked = select(CheckoutSession.id).where(
        CheckoutSession.order_id == Order.id, col(CheckoutSession.ask_due_at).is_not(None)
    )
    query = select(Order).where(
        Order.status == OrderStatus.PROCESSING,
        Order.created_at < before,
        col(Order.needs_review).is_(False),
        ~asked.exists(),
    )
    return (await tx.session.exec(query.limit(limit).with_for_update(skip_locked=True))).all()


async def unapplied_event(tx: Tx, event_id: str) -> StripeEvent | None:
    """The event if it has not been followed yet, locked until the transaction ends."""
    query = select(StripeEvent).where(StripeEvent.id == event_id, col(StripeEvent.applied_at).is_(None))
    return (await tx.session.exec(query.with_for_update())).first()


async def events_waiting_for(session: AsyncSession, payment_id: str) -> Sequence[StripeEvent]:
    """What came before its payment was known, oldest first."""
    query = select(StripeEvent).where(StripeEvent.payment_id == payment_id, col(StripeEvent.applied_at).is_(None))
    return (await session.exec(query.order_by(col(StripeEvent.received_at)))).all()


async def take_due_events(tx: Tx, batch: int) -> list[str]:
    """The ids of kept events that are due, left alone by others for a while."""
    now = tx.clock.now()
    due = select(StripeEvent).where(col(StripeEvent.applied_at).is_(None), col(StripeEvent.due_at) <= now)
    query = due.order_by(col(StripeEvent.due_at)).limit(batch).with_for_update(skip_locked=True)
    events = (await tx.session.exec(query)).all()
    for event in events:
        event.due_at = now + LEASE
    return [event.id for event in events]


async def take_due_sessions(tx: Tx, batch: int) -> list[tuple[UUID, bool]]:
    """(order id, whether Stripe has opened its session), of those to ask about now; left alone by others."""
    now = tx.clock.now()
    due = select(CheckoutSession).where(col(CheckoutSession.ask_due_at) <= now)
    query = due.order_by(col(CheckoutSession.ask_due_at)).limit(batch).with_for_update(skip_locked=True)
    sessions = (await tx.session.exec(query)).all()
    for session in sessions:
        session.ask_due_at = now + LEASE
    return [(session.order_id, session.stripe_session_id is not None) for session in sessions]


async def next_session_due(session: AsyncSession) -> datetime | None:
    return (await session.exec(select(func.min(CheckoutSession.ask_due_at)))).one()


async def take_due_refunds(tx: Tx, batch: int) -> list[UUID]:
    """The ids of refunds to ask Stripe for, left alone by others for a while."""
    now = tx.clock.now()
    due = select(Refund).where(Refund.status == RefundStatus.REQUESTED, col(Refund.due_at) <= now)
    query = due.order_by(col(Refund.due_at)).limit(batch).with_for_update(skip_locked=True)
    refunds = (await tx.session.exec(query)).all()
    for refund in refunds:
        refund.due_at = now + LEASE
    return [refund.id for refund in refunds]


async def customer_id_for(tx: Tx, creator_id: UUID, email: str | None, name: str | None) -> UUID | None:
    """The creator's customer with that address, known from now on if not before; None without an address."""
    if email is None:
        return None
    row = {
        "customer_id": new_id(),
        "creator_id": creator_id,
        "email": email.strip().lower(),
        "name": name,
        "created_at": tx.clock.now(),
    }
    statement = insert(CustomerContact).values(row)
    named = statement.on_conflict_do_update(
        index_elements=["creator_id", "email"],
        set_={"name": text("COALESCE(excluded.name, customer_contacts.name)")},
    )
    found: UUID = (await tx.session.execute(named.returning(col(CustomerContact.customer_id)))).scalar_one()
    return found


async def was_erased(tx: Tx, customer_id: UUID) -> bool:
    """Whether they are not to be known again by an older order; an erasure that is under way is waited for."""
    await tx.session.get(CustomerContact, customer_id, with_for_update={"read": True, "key_share": True})
    return await tx.session.get(ErasedCustomer, customer_id) is not None


async def contacts_of(session: AsyncSession, email: str, *, lock: bool = False) -> Sequence[CustomerContact]:
    """Whom an address names: a customer of each creator that they bought from."""
    query = select(CustomerContact).where(CustomerContact.email == email.strip().lower())
    query = query.order_by(col(CustomerContact.customer_id))
    return (await session.exec(query.with_for_update() if lock else query)).all()


async def orders_with_access(session: AsyncSession, customer_ids: Sequence[UUID], limit: int) -> Sequence[Order]:
    """Paid and not taken back, the newest first."""
    query = select(Order).where(
        col(Order.customer_id).in_(customer_ids),
        col(Order.status).in_([OrderStatus.COMPLETED, OrderStatus.PARTIALLY_REFUNDED]),
        col(Order.access_revoked).is_(False),
    )
    return (await session.exec(query.order_by(col(Order.id).desc()).limit(limit))).all()


async def is_granted(session: AsyncSession, order_id: UUID) -> bool:
    """Whether delivery has told that the order's download can be asked for."""
    granted = select(AccessFact.id).where(AccessFact.order_id == order_id, AccessFact.kind == AccessKind.GRANTED)
    return (await session.exec(granted.limit(1))).first() is not None


@dataclass(frozen=True)
class AccessLog:
    """What was granted, downloaded and taken back, in the order in which it happened: its beginning and its end."""

    first: Sequence[AccessFact]
    last: Sequence[AccessFact]
    total: int


async def access_of(session: AsyncSession, order_id: UUID, most: int) -> AccessLog:
    """At most `most` from either end: whoever has the link adds to it by asking."""
    at, key = col(AccessFact.at), col(AccessFact.id)
    facts = select(AccessFact).where(AccessFact.order_id == order_id).limit(most)
    first = (await session.exec(facts.order_by(at, key))).all()
    last = (await session.exec(facts.order_by(at.desc(), key.desc()))).all()
    total = (await session.exec(select(func.count()).where(AccessFact.order_id == order_id))).one()
    return AccessLog(first, last[::-1], total)


@dataclass(frozen=True)
class OrderFilter:
    """Of one creator's orders: those with each of these, where given, in [since, until)."""

    page_id: UUID | None = None
    product_id: UUID | None = None
    status: OrderStatus | None = None
    customer_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    needs_review: bool | None = None


async def orders_of(
    session: AsyncSession, creator_id: UUID, wanted: OrderFilter, before: UUID | None, limit: int
) -> Sequence[Order]:
    """The newest first, beginning after `before`."""
    query = select(Order).where(Order.creator_id == creator_id).order_by(col(Order.id).desc()).limit(limit)
    equal = {
        col(Order.sales_page_id): wanted.page_id,
        col(Order.product_id): wanted.product_id,
        col(Order.status): wanted.status,
        col(Order.customer_id): wanted.customer_id,
        col(Order.needs_review): wanted.needs_review,
    }
    query = query.where(*(column == value for column, value in equal.items() if value is not None))
    if wanted.since is not None:
        query = query.where(Order.created_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(Order.created_at < wanted.until)
    if before is not None:
        query = query.where(Order.id < before)
    return (await session.exec(query)).all()


@dataclass(frozen=True)
class Sold:
    """What a buyer is told about an order besides its state."""

    page: MirroredPage
    product: MirroredProduct
    creator: MirroredCreator


async def sold(session: AsyncSession, order: Order) -> Sold:
    """All were known when the order was placed."""
    page = await page_of(session, order)
    product = await session.get(MirroredProduct, order.product_id)
    creator = await session.get(MirroredCreator, order.creator_id)
    assert product is not None
    assert creator is not None
    return Sold(page, product, creator)
