"""The domain events that the services tell each other, and everyone else. Depends on pydantic alone."""

from contracts.event import Envelope, Event

__all__ = ["Envelope", "Event"]
