"""Forget a buyer: address and name go, everywhere; the orders stay, for the tax office, without a person.

What Stripe was to be asked (`checkout_sessions.request`) and what it told (`stripe_events.notice`) may name them too,
even of an order that is not known yet.
"""

from uuid import UUID

from chassis.db import Tx
from chassis.errors import NotFound
from contracts.checkout import CustomerErased
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import select

from checkout.models import CustomerContact, ErasedCustomer, Order

FORGET = (
    "DELETE FROM customer_contacts WHERE customer_id = :customer",
    "DELETE FROM order_lookups WHERE customer_id = :customer",
    "UPDATE checkout_sessions s SET request = s.request - 'email' FROM orders o"
    " WHERE o.id = s.order_id AND o.customer_id = :customer AND s.request ? 'email'",
    "UPDATE stripe_events e SET notice = jsonb_set(jsonb_set(e.notice, '{session,email}', 'null'),"
    " '{session,name}', 'null') FROM orders o WHERE e.applied_at IS NULL AND o.customer_id = :customer"
    " AND e.notice->'session'->>'order_id' = o.id::text",
    "UPDATE stripe_events e SET notice = jsonb_set(jsonb_set(e.notice, '{session,email}', 'null'),"
    " '{session,name}', 'null') WHERE e.applied_at IS NULL AND lower(e.notice->'session'->>'email') = :email"
    " AND NOT EXISTS (SELECT FROM orders o WHERE o.id::text = e.notice->'session'->>'order_id')",
    "DELETE FROM idempotency_keys k USING orders o WHERE k.resource_id = o.id AND o.customer_id = :customer",
)


UNDER_WAY = text(
    "SELECT FROM stripe_events e JOIN orders o ON e.notice->'session'->>'order_id' = o.id::text"
    " WHERE e.applied_at IS NULL AND o.customer_id = :customer FOR UPDATE OF e"
)
"""Locked before the contact, as by who follows them."""


async def erase_customer(tx: Tx, customer_id: UUID, *, creator_id: UUID | None = None) -> None:
    """By the creator, or (`creator_id` None) by who proved to be the buyer. Again is nothing more. Raises NotFound."""
    owners = set((await tx.session.exec(select(Order.creator_id).where(Order.customer_id == customer_id))).all())
    await tx.session.execute(UNDER_WAY, {"customer": customer_id})
    contact = await tx.session.get(CustomerContact, customer_id, with_for_update=True)
    owners |= {contact.creator_id} if contact else set()
    if not owners or (creator_id is not None and creator_id not in owners):
        raise NotFound
    named = {"customer": customer_id, "email": contact.email if contact else None}
    for statement in FORGET:
        await tx.session.execute(text(statement), named)
    erased = insert(ErasedCustomer).values(customer_id=customer_id, erased_at=tx.clock.now())
    await tx.session.execute(erased.on_conflict_do_nothing())
    if contact is not None:
        tx.publish(CustomerErased(id=customer_id, version=1, erased_at=tx.clock.now()))
        await tx.log_security("customer-erased", customer_id, by="creator" if creator_id else "buyer")
