"""What five databases, the broker's witness, Stripe and the inbox say of one population, after quiet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .population import Told
from .witness import Published

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Facts:
    """Rows are as the tables have them, ids as text."""

    told: Sequence[Told] = ()
    wishes: int = 0
    quantity_limit: int | None = None
    orders: Sequence[Row] = ()
    sessions: Sequence[Row] = ()
    refunds: Sequence[Row] = ()
    stock: Row | None = None
    mails: Sequence[Row] = ()
    """Of checkout and leads: what was owed."""
    grants: Sequence[Row] = ()
    order_events: Sequence[Row] = ()
    attempts: Sequence[Row] = ()
    registrations: Sequence[Row] = ()
    outbox: Sequence[Row] = ()
    """Of all services: what was told of anything of this population."""
    handled: frozenset[tuple[str, str]] = frozenset()
    """Queue and event id: the inboxes of all services."""
    published: Sequence[Published] = ()
    """In the order of their first coming."""
    pages: Sequence[tuple[str, str, int]] = ()
    """Service, page id, version: the page itself, and who mirrors it."""
    payments: Mapping[str, Row] = field(default_factory=dict)
    """Stripe's ledger, by order id."""
    letters: Sequence[Row] = ()
    """Mails as they came in."""
    answered: Mapping[str, str] = field(default_factory=dict)
    """Of Stripe's events about sessions, those answered with 2xx: the order's id, by the event's."""
    kept: frozenset[str] = frozenset()
    """Stripe's events that checkout has."""
    ends_at: datetime | None = None
    honours_late: bool = False
    """Whether the page's policy honours payments of sessions that were opened in time."""
    parked: Mapping[str, int] = field(default_factory=dict)
    """Messages in dead queues, more or less than were meant to end there."""
