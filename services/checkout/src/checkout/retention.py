"""What checkout keeps for how long: orders, with all that belongs to them, for the 7 years that tax law asks for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from chassis.db import Session, Tx
from chassis.retention import SECURITY_LOG, Kept, OldRows, Removed, Rule
from sqlalchemy import ColumnElement, Delete, Table, delete, exists, select

from checkout.models import CheckoutTable

SEVEN_YEARS = timedelta(days=2557)
BATCH = 500
"""Orders a transaction removes."""
ORDERS = CheckoutTable.metadata.tables["orders"]
CONTACTS = CheckoutTable.metadata.tables["customer_contacts"]
ERASED = CheckoutTable.metadata.tables["erased_customers"]
STRIPE_EVENTS = CheckoutTable.metadata.tables["stripe_events"]


@dataclass(frozen=True)
class OldOrders:
    """With an order goes what refers to it, and with a customer's last order their address."""

    keeps: timedelta = SEVEN_YEARS

    async def look(self, session: Session, now: datetime) -> Sequence[Kept]:
        return await OldRows(ORDERS, ORDERS.c.created_at, self.keeps).look(session, now)

    async def remove(self, tx: Tx) -> Sequence[Removed]:
        before = tx.clock.now() - self.keeps
        old = select(ORDERS.c.id, ORDERS.c.customer_id).where(ORDERS.c.created_at < before).limit(BATCH)
        orders = (await tx.session.execute(old.with_for_update(skip_locked=True))).all()
        for statement in removing(ORDERS, ORDERS.c.id.in_([order.id for order in orders])):
            await tx.session.execute(statement)
        await self._forget(tx, [order.customer_id for order in orders])
        return [Removed(ORDERS.name, len(orders))] if orders else []

    async def _forget(self, tx: Tx, customers: list[UUID]) -> None:
        has_orders = exists().where(ORDERS.c.customer_id == CONTACTS.c.customer_id)
        await tx.session.execute(delete(CONTACTS).where(CONTACTS.c.customer_id.in_(customers), ~has_orders))


def removing(table: Table, those: ColumnElement[bool]) -> Iterator[Delete]:
    """Removes `those` rows of `table`; before them what refers to them, whichever tables there are."""
    for other in CheckoutTable.metadata.sorted_tables:
        for key in other.foreign_keys:
            if key.column.table is table and other is not table:
                yield from removing(other, key.parent.in_(select(key.column).where(those)))
    yield delete(table).where(those)


RULES: Sequence[Rule] = (
    OldOrders(),
    OldRows(STRIPE_EVENTS, STRIPE_EVENTS.c.received_at, SEVEN_YEARS),
    OldRows(ERASED, ERASED.c.erased_at, SEVEN_YEARS),
    SECURITY_LOG,
)
