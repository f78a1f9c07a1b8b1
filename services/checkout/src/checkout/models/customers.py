"""Who bought: the only place where a buyer's address stands."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from checkout.models.base import CheckoutTable, instant, words


class CustomerContact(CheckoutTable, table=True):
    """A customer of one creator, known by address; `email` is in lower case."""

    __tablename__ = "customer_contacts"
    __table_args__ = (UniqueConstraint("creator_id", "email"), Index("customer_contacts_by_email", "email"))

    customer_id: UUID = Field(primary_key=True)
    creator_id: UUID
    email: str = words()
    name: str | None = words(default=None)
    created_at: datetime = instant()


class ErasedCustomer(CheckoutTable, table=True):
    """A customer who is not to be known again by the orders they placed before."""

    __tablename__ = "erased_customers"

    customer_id: UUID = Field(primary_key=True)
    erased_at: datetime = instant()


class LinkReissue(CheckoutTable, table=True):
    """A new download link that was mailed in place of an older one."""

    __tablename__ = "link_reissues"
    __table_args__ = (UniqueConstraint("order_id", "generation"),)

    id: UUID = Field(primary_key=True)
    order_id: UUID = Field(foreign_key="orders.id")
    generation: int
    created_at: datetime = instant()


class OrderLookup(CheckoutTable, table=True):
    """A buyer's orders that were asked for by address: one of those whom the address names."""

    __tablename__ = "order_lookups"
    __table_args__ = (Index("order_lookups_by_customer", "customer_id"),)

    id: UUID = Field(primary_key=True)
    customer_id: UUID
    created_at: datetime = instant()
