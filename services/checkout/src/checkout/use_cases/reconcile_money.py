"""Compare what Stripe says of each payment with our orders; what differs is for a person, and is never mended here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from chassis.db import Database, Tx
from contracts.checkout import OrderStatus

from checkout import store
from checkout.models import LEASE, Order, Reconciliation
from checkout.ports import PaymentFacts, Payments

WINDOW = timedelta(days=30)
"""How far back payments are compared."""
SETTLED = timedelta(minutes=10)
"""What is younger may still be on its way here."""
BATCH = 200
FINDINGS = ("payment-not-at-stripe", "payment-not-recorded", "money-differs", "creators-share-differs")
TAKEN_BY_BANKS = frozenset({OrderStatus.DISPUTED, OrderStatus.CHARGED_BACK})
"""Who bears what a bank takes is between the platform and the creator."""


@dataclass(frozen=True)
class Finding:
    order_id: UUID
    what: str
    ours: tuple[int, int]
    """(paid, refunded)"""
    stripes: PaymentFacts | None

    @property
    def figures(self) -> dict[str, int]:
        """Stripe's side of it."""
        return self.stripes.model_dump(include={"captured", "refunded", "to_creator"}) if self.stripes else {}


async def reconcile_money(db: Database, payments: Payments) -> list[Finding]:
    """Once a day, by whoever comes first. Raises ProviderRefused or ProviderUnavailable: tried again then."""
    now = db.clock.now()
    async with db.transaction() as tx:
        if not await store.take_day(tx, now.date(), LEASE * 30):
            return []
    seen = {facts.order_id: facts for facts in await payments.payments(now - WINDOW, now - SETTLED)}
    findings: list[Finding] = []
    last: UUID | None = None
    while True:
        async with db.reading() as reading:
            batch = await store.orders_to_compare(reading, now - WINDOW, now - SETTLED, last, BATCH)
        if not batch:
            break
        findings += [found for order, at in batch if (found := compare(order, at, seen, now)) is not None]
        last = batch[-1][0].id
    async with db.transaction() as tx:
        for finding in findings:
            await _put_in_review(tx, finding)
        await _finish(tx, now, len(seen), len(findings))
    return findings


def compare(
    order: Order, settled_at: datetime | None, seen: Mapping[UUID, PaymentFacts], now: datetime
) -> Finding | None:
    """What is wrong with the money of an order whose payment was followed then; None where both say the same."""
    facts = seen.get(order.id)
    ours = (order.amount_paid, order.amount_refunded)
    if facts is None or facts.captured == 0:
        younger = settled_at is not None and settled_at > now - SETTLED
        missing = order.payment_id is not None and not younger
        return Finding(order.id, "payment-not-at-stripe", ours, None) if missing else None
    if order.payment_id is None:
        return Finding(order.id, "payment-not-recorded", ours, facts)
    if (order.payment_id, order.currency, *ours) != (facts.payment_id, facts.currency, facts.captured, facts.refunded):
        return Finding(order.id, "money-differs", ours, facts)
    if order.status not in TAKEN_BY_BANKS and facts.to_creator != facts.captured - facts.refunded:
        return Finding(order.id, "creators-share-differs", ours, facts)
    return None


async def _put_in_review(tx: Tx, finding: Finding) -> None:
    """Unless it moved meanwhile, or a person looks at it already. Why an order was not fulfilled stays its reason."""
    order = await store.order_to_change(tx, finding.order_id)
    if order is None or order.needs_review or (order.amount_paid, order.amount_refunded) != finding.ours:
        return
    own = None if order.was_fulfilled or order.reason in FINDINGS else order.reason
    order.put_in_review(own or finding.what)
    await tx.log_security("money-differs", order.id, what=finding.what, ours=finding.ours, stripes=finding.figures)


async def _finish(tx: Tx, now: datetime, compared: int, found: int) -> None:
    day = await tx.session.get(Reconciliation, now.date(), with_for_update=True)
    assert day is not None
    day.finished_at, day.payments, day.findings = tx.clock.now(), compared, found


async def review_stuck_orders(tx: Tx) -> None:
    """Orders that are unpaid for ten minutes and that nobody asks Stripe about any more."""
    for order in await store.stuck_orders(tx, tx.clock.now() - SETTLED, BATCH):
        order.put_in_review("stuck")
        await tx.log_security("order-stuck", order.id)
