"""What leads tells: registrations, by id alone."""

from typing import ClassVar
from uuid import UUID

from contracts.api_keys import ApiKeyUse
from contracts.event import Event, Instant


class RegistrationState(Event):
    """Somebody who wants to be told of a page; `source` is the `utm_source` they came by."""

    sales_page_id: UUID
    registered_at: Instant
    confirmed_at: Instant | None = None
    notified_at: Instant | None = None
    order_id: UUID | None = None
    source: str | None = None


class RegistrationConfirmed(RegistrationState):
    key: ClassVar[str] = "leads.registration.confirmed.v1"


class RegistrationDeleted(RegistrationState):
    key: ClassVar[str] = "leads.registration.deleted.v1"


class WaitingListState(Event):
    """One unit of a sold-out page, offered to the next who waits for it; `id` is the offer's."""

    sales_page_id: UUID
    registration_id: UUID
    offered_at: Instant
    offered_until: Instant


class WaitingListOffered(WaitingListState):
    """Hold a unit until `offered_until` for who bears the pass of `registration_id`."""

    key: ClassVar[str] = "leads.waiting-list.offered.v1"


class WaitingListLapsed(WaitingListState):
    """The offer has ended, by time, deletion or purchase: the unit is free, if it is still held for it."""

    key: ClassVar[str] = "leads.waiting-list.lapsed.v1"


class ApiKeyUsedAtLeads(ApiKeyUse):
    key: ClassVar[str] = "leads.api-key.used.v1"
