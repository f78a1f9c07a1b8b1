"""Events that no service owns."""

from typing import ClassVar

from contracts import Event


class ThingMade(Event):
    key: ClassVar[str] = "example.thing.made.v1"

    name: str = "thing"


class ThingBroken(Event):
    key: ClassVar[str] = "example.thing.broken.v1"


class Foreign(Event):
    """What another service owns."""

    key: ClassVar[str] = "other.thing.made.v1"
