"""Read models, rebuilt: an owner tells the state of all that it has anew, to the one queue that asks for it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from contracts import Envelope, Event
from sqlalchemy import Select, text
from sqlalchemy.orm import Mapped

from chassis.clock import new_id
from chassis.db import Database, Session, Tx
from chassis.outbox import message
from chassis.publisher import Publisher

PAGE = 500
DEFAULT_EXCHANGE = ""
"""Where a queue's own name is the routing key."""

Retelling = Callable[[Session, UUID | None, datetime], Awaitable[Sequence[Event]]]
"""One page of all that there is of a kind, by id from after the last one on, each as it is at an instant."""
T = TypeVar("T")


def page_after(query: Select[T], key: Mapped[UUID], last: UUID | None) -> Select[T]:
    """The next page of `query`, by `key`."""
    query = query.order_by(key).limit(PAGE)
    return query if last is None else query.where(key > last)


async def doubt(tx: Tx, table: str) -> None:
    """Have the version that each row of a mirror holds count once more; older ones still do not."""
    await tx.session.execute(text(f"UPDATE {table} SET version = version - 1"))  # noqa: S608 - a name of ours


async def empty(tx: Tx, table: str) -> None:
    await tx.session.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - a name of ours


async def retell(owner: Database, retelling: Retelling, publisher: Publisher, queue: str) -> int:
    """Hand all of `retelling` to `queue` alone; how many. Raises one of BROKER_ERRORS."""
    told, last = 0, None
    while events := await _read(owner, retelling, last):
        bodies = [_row(event, at) for event, at in events]
        sending = (publisher.publish(DEFAULT_EXCHANGE, queue, message(body, owner.service)) for body in bodies)
        await asyncio.gather(*sending)
        told, last = told + len(events), events[-1][0].id
    return told


async def _read(owner: Database, retelling: Retelling, last: UUID | None) -> list[tuple[Event, datetime]]:
    now = owner.clock.now()  # before it is read: what is told is no older than it says
    async with owner.reading() as session:
        return [(event, now) for event in await retelling(session, last, now)]


def _row(event: Event, at: datetime) -> dict[str, object]:
    """Under an id of its own, as the inbox would know that of the event that was told first."""
    event_id = new_id()
    body = Envelope.around(event, id=event_id, time=at).to_json().decode()
    return {"event_id": event_id, "type": event.key, "body": body, "occurred_at": at}
