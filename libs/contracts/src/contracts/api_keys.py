"""What every service that knows API keys tells of them, each by an event of its own."""

from datetime import date
from uuid import UUID

from contracts.event import Event


class ApiKeyUse(Event):
    """An API key (`id`) was used on a day (UTC): told once a day, so that its version is the day's ordinal."""

    creator_id: UUID
    used_on: date
