"""The envelope (CloudEvents 1.0, structured JSON) and the base of every domain event."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Generic, Literal, Self, TypeVar
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer
from pydantic.alias_generators import to_camel

CONTENT_TYPE = "application/cloudevents+json"
TYPE_PREFIX = "tempages."


_RFC_3339 = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}")


def as_written(value: Any) -> Any:
    """`value` if it is an instant or the text of one; raises ValueError for a number, which pydantic would take."""
    if not isinstance(value, datetime) and not (isinstance(value, str) and _RFC_3339.match(value)):
        raise ValueError("not an instant as RFC 3339 writes it, such as 2030-01-31T18:00:00Z")
    return value


def _in_utc(instant: datetime) -> datetime:
    try:
        return instant.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("its zone takes it out of the calendar") from error


Instant = Annotated[AwareDatetime, BeforeValidator(as_written), AfterValidator(_in_utc)]
"""A moment in UTC; written as RFC 3339: one without a zone is refused, and so is a number."""

Sequence = Annotated[
    int,
    Field(ge=1),
    PlainSerializer(lambda version: f"{version:010d}", return_type=str, when_used="json"),
]
"""An aggregate's version. CloudEvents' `sequence` extension orders as text, so on the wire it is zero-padded."""


class WireModel(BaseModel):
    """camelCase on the wire, snake_case in Python; what it does not know it ignores (additive versions)."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, extra="ignore")


class Event(WireModel):
    """One fact about one aggregate: the aggregate's whole public state after it, and its version.

    A consumer keeps the newest version and needs no order, no gap-filling and no call back.
    No personal data: ids only.
    """

    key: ClassVar[str]
    """The routing key, `<service>.<aggregate>.<fact>.v<major>`."""
    known: ClassVar[dict[str, type["Event"]]] = {}
    """Every event type by its key."""

    id: UUID
    version: int = Field(ge=1)

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if "key" in cls.__dict__:
            assert cls.key not in Event.known, f"two events claim the key {cls.key}"
            Event.known[cls.key] = cls

    @classmethod
    def service(cls) -> str:
        """The service that owns the fact, e.g. `checkout`."""
        return cls.key.split(".")[0]

    @classmethod
    def aggregate(cls) -> str:
        """The kind of aggregate it is about, e.g. `order`."""
        return cls.key.split(".")[1]


E = TypeVar("E", bound=Event)


class Envelope(WireModel, Generic[E]):
    """CloudEvents 1.0 in structured mode around one event. https://github.com/cloudevents/spec

    `sequence` rises by itself for each `source`, kind of aggregate (the second word of `type`'s key) and `subject`.
    """

    model_config = ConfigDict(alias_generator=str.lower)

    specversion: Literal["1.0"] = "1.0"
    id: UUID
    source: str
    type: str
    subject: str
    time: Instant
    datacontenttype: Literal["application/json"] = "application/json"
    sequence: Sequence
    traceparent: str | None = Field(default=None, exclude_if=lambda value: value is None)
    data: E

    @classmethod
    def around(cls, event: E, *, id: UUID, time: datetime, traceparent: str | None = None) -> Self:
        """Wrap `event`, which happened at `time`, under the event id `id` (UUIDv7)."""
        return cls(
            id=id,
            source=f"/{event.service()}",
            type=TYPE_PREFIX + event.key,
            subject=str(event.id),
            time=time,
            sequence=event.version,
            traceparent=traceparent,
            data=event,
        )

    def to_json(self) -> bytes:
        """The body as it goes on the wire."""
        return self.model_dump_json(by_alias=True).encode()
