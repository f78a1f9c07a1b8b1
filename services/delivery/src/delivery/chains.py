"""Whether an order's chain of digests holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis.db import Session
from sqlalchemy import select
from sqlmodel import col

from delivery.models import FIRST_DIGEST, OrderChain, OrderEvent

ANEW = {"populate_existing": True}


@dataclass(frozen=True)
class BrokenRow:
    """The first row of an order that is not what was recorded: altered, missing or put in between."""

    order_id: UUID
    position: int
    event_id: UUID | None
    """None when nothing stands there: events are missing at the end, or the chain's head is."""

    def __str__(self) -> str:
        row = f"event {self.event_id}" if self.event_id else "what is missing"
        return f"order {self.order_id}: {row} at position {self.position} is the first that is not as it was recorded"


async def verify_order(session: Session, order_id: UUID) -> BrokenRow | None:
    """None when the order's events are whole. Both ends count: a row cut off the end is missed by the chain's head."""
    head, events = await _head_and_events(session, order_id)
    digest, position = head.removed_digest or FIRST_DIGEST, head.removed
    for event in events:
        position += 1
        digest = event.digest_after(digest)
        if event.position != position or event.digest != digest:
            return BrokenRow(order_id, position, event.id)
    if (head.digest, head.length) != (digest, position):
        return BrokenRow(order_id, position + 1, None)
    return None


async def _head_and_events(session: Session, order_id: UUID) -> tuple[OrderChain, Sequence[OrderEvent]]:
    """By one statement: between two an event may be recorded, which the head would not know of."""
    of_chain = select(OrderChain, OrderEvent).where(col(OrderChain.order_id) == order_id)
    query = of_chain.outerjoin(OrderEvent, col(OrderEvent.order_id) == col(OrderChain.order_id))
    rows = (await session.execute(query.order_by(col(OrderEvent.position)), execution_options=ANEW)).all()
    if rows:
        return rows[0][0], [event for _, event in rows if event is not None]
    alone = select(OrderEvent).where(col(OrderEvent.order_id) == order_id).order_by(col(OrderEvent.position))
    return OrderChain(order_id=order_id, creator_id=order_id), (await session.execute(alone)).scalars().all()
