"""Compare what Stripe says of each payment with our orders; what differs is for a person, and is never mended here."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from chassis.db import Database, Tx
from contracts.checkout import OrderStatus

from checkout import store
from checkout.bookkeeping.sessions import PAID_AFTER_EXPIRY, PAID_AFTER_SELL_OUT
from checkout.models import LEASE, Order, Reconciliation
from checkout.ports import PaymentFacts, Payments

WINDOW = timedelta(days=30)
"""How far back payments are compared."""
SETTLED = timedelta(minutes=10)
"""What is younger may still be on its way here."""
BATCH = 200
FIGURES = {"payment_id", "captured", "refunded", "to_creator"}
ORDER_UNKNOWN = "order-unknown"
"""A payment of an order that is not here: it was lost, or another installation of ours shares the account."""
TAKEN_BY_BANKS = frozenset({OrderStatus.DISPUTED, OrderStatus.CHARGED_BACK})
"""Who bears what a bank takes is between the platform and the creator."""


@dataclass(frozen=True)
class Finding:
    order_id: UUID
    what: str
    ours: tuple[int, int] | None
    """(paid, refunded); None where there is no order."""
    stripes: PaymentFacts | None

    @property
    def figures(self) -> dict[str, int | str]:
        """Stripe's side of it."""
        return self.stripes.model_dump(include=FIGURES) if self.stripes else {}


async def reconcile_money(db: Database, payments: Payments) -> list[Finding]:
    """Once a day, by whoever comes first. Raises ProviderRefused or ProviderUnavailable: tried again then."""
    now = db.clock.now()
    async with db.transaction() as tx:
        if not await store.take_day(tx, now.date(), LEASE * 30):
            return []
    paid = _by_order(await payments.payments(now - WINDOW, now - SETTLED))
    findings = await _compare_all(db, paid, now)
    async with db.transaction() as tx:
        for finding in findings:
            await _tell(tx, finding)
        await _finish(tx, now, sum(map(len, paid.values())), len(findings))
    return findings


def _by_order(payments: Sequence[PaymentFacts]) -> Mapping[UUID, Sequence[PaymentFacts]]:
    """Those that brought money."""
    paid: dict[UUID, list[PaymentFacts]] = defaultdict(list)
    for facts in payments:
        if facts.captured > 0:
            paid[facts.order_id].append(facts)
    return paid


async def _compare_all(db: Database, paid: Mapping[UUID, Sequence[PaymentFacts]], now: datetime) -> list[Finding]:
    findings: list[Finding] = []
    last: UUID | None = None
    while True:
        async with db.reading() as reading:
            batch = await store.orders_to_compare(reading, now - WINDOW, now - SETTLED, last, BATCH)
        if not batch:
            break
        findings += [found for order, at in batch if (found := compare(order, at, paid.get(order.id, ()), now))]
        last = batch[-1][0].id
    async with db.reading() as reading:
        unknown = await store.unknown_orders(reading, list(paid))
    strays = ((order_id, _stray(paid[order_id])) for order_id in unknown)
    return findings + [Finding(order_id, ORDER_UNKNOWN, None, stray) for order_id, stray in strays if stray]


def compare(order: Order, settled_at: datetime | None, paid: Sequence[PaymentFacts], now: datetime) -> Finding | None:
    """What is wrong with the money of an order whose payment was followed then; None where both say the same."""
    ours = (order.amount_paid, order.amount_refunded)
    own = next((facts for facts in paid if facts.payment_id == order.payment_id), None)
    stray = _stray(paid, besides=own)
    if own is None and order.payment_id is not None:
        younger = settled_at is not None and settled_at > now - SETTLED
        return None if younger else Finding(order.id, "payment-not-at-stripe", ours, stray)
    if own is None:
        return Finding(order.id, "payment-not-recorded", ours, stray) if stray else None
    if stray is not None:
        return Finding(order.id, "paid-twice", ours, stray)
    if (order.currency, *ours) != (own.currency, own.captured, own.refunded):
        return Finding(order.id, "money-differs", ours, own)
    if order.status not in TAKEN_BY_BANKS and own.to_creator not in {None, own.captured - own.refunded}:
        return Finding(order.id, "creators-share-differs", ours, own)
    return None


def _stray(paid: Sequence[PaymentFacts], besides: PaymentFacts | None = None) -> PaymentFacts | None:
    """One that we have not followed, and whose money has not gone back."""
    return next((facts for facts in paid if facts is not besides and facts.captured > facts.refunded), None)


async def _tell(tx: Tx, finding: Finding) -> None:
    """In review, unless it moved meanwhile, or a person looks at it already; and in the security log.

    Why a payment was to go back stays the order's reason.
    """
    order = await store.order_to_change(tx, finding.order_id)
    if order is not None:
        if order.needs_review or (order.amount_paid, order.amount_refunded) != finding.ours:
            return
        own = order.reason if order.payment_id and order.reason in {PAID_AFTER_EXPIRY, PAID_AFTER_SELL_OUT} else None
        order.put_in_review(own or finding.what)
    await tx.log_security(
        "money-differs", finding.order_id, what=finding.what, ours=finding.ours, stripes=finding.figures
    )


async def _finish(tx: Tx, now: datetime, compared: int, found: int) -> None:
    day = await tx.session.get(Reconciliation, now.date(), with_for_update=True)
    assert day is not None
    day.finished_at, day.payments, day.findings = tx.clock.now(), compared, found


async def review_stuck_orders(tx: Tx) -> None:
    """Orders that are unpaid for ten minutes and that nobody asks Stripe about any more."""
    for order in await store.stuck_orders(tx, tx.clock.now() - SETTLED, BATCH):
        order.put_in_review("stuck")
        await tx.log_security("order-stuck", order.id)
