"""Buyers' addresses, and the access that they have."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis.clock import new_id
from chassis.db import Tx
from sqlalchemy import func, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from checkout.models import AccessFact, AccessKind, CustomerContact, ErasedCustomer


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
