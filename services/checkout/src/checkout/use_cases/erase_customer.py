"""A buyer is forgotten: their address and name go; the orders stay, as tax law wants, about nobody."""

from uuid import UUID

from chassis.db import Tx
from chassis.errors import NotFound
from contracts.checkout import CustomerErased
from sqlmodel import col, delete, select

from checkout.models import CustomerContact, Order


async def erase_customer(tx: Tx, creator_id: UUID, customer_id: UUID) -> None:
    """Again is harmless. Raises NotFound for who never was this creator's customer.

    Mails that are still owed to them are dropped, as there is no address; who buys again is a new customer.
    """
    theirs = col(CustomerContact.customer_id) == customer_id, col(CustomerContact.creator_id) == creator_id
    erased = await tx.session.exec(delete(CustomerContact).where(*theirs).returning(col(CustomerContact.customer_id)))
    if erased.first() is not None:
        tx.publish(CustomerErased(id=customer_id, version=1, erased_at=tx.clock.now()))
        await tx.log_security("customer-erased", creator_id, customer=str(customer_id))
    elif not await _bought_of(tx, creator_id, customer_id):
        raise NotFound


async def _bought_of(tx: Tx, creator_id: UUID, customer_id: UUID) -> bool:
    query = select(Order.id).where(Order.customer_id == customer_id, Order.creator_id == creator_id).limit(1)
    return (await tx.session.exec(query)).first() is not None
