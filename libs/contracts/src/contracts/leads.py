"""What leads tells: registrations, by id alone."""

from typing import ClassVar
from uuid import UUID

from contracts.event import Event, Instant


class RegistrationState(Event):
    sales_page_id: UUID
    registered_at: Instant
    confirmed_at: Instant | None = None
    notified_at: Instant | None = None
    order_id: UUID | None = None


class RegistrationConfirmed(RegistrationState):
    key: ClassVar[str] = "leads.registration.confirmed.v1"


class RegistrationDeleted(RegistrationState):
    key: ClassVar[str] = "leads.registration.deleted.v1"
