"""What shows a bank that a buyer got what they paid for: the record of one order, whole."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.db import Tx

from delivery import store
from delivery.chains import verify_order
from delivery.models import DownloadAttempt, DownloadGrant, MirroredProduct, OrderEvent

MOST_ATTEMPTS = 1_000
"""The newest; a link that is asked for more often than that says no more."""


@dataclass(frozen=True)
class SeenAttempt:
    """An attempt, and the address it came from, as long as that is kept."""

    attempt: DownloadAttempt
    address: str | None


@dataclass(frozen=True)
class Chain:
    """The digests of the order's events: `head` is the last, over all before it."""

    length: int
    head: str
    first_broken: int | None
    """The position of the first event that is not what was recorded; None where all are."""


@dataclass(frozen=True)
class Evidence:
    """Oldest first. `attempts_omitted` are older than those shown."""

    order_id: UUID
    gathered_at: datetime
    product: MirroredProduct | None
    grants: list[DownloadGrant]
    events: list[OrderEvent]
    attempts: list[SeenAttempt]
    attempts_omitted: int
    chain: Chain


async def gather_evidence(tx: Tx, creator_id: UUID, order_id: UUID) -> Evidence:
    """Raises NotFound. Who gathered it is logged: it shows where a buyer was."""
    head = await store.own_chain(tx.session, creator_id, order_id)
    broken = await verify_order(tx.session, order_id)
    grants = list((await tx.session.execute(store.grants_of_order(order_id))).scalars())
    shown = await _attempts(tx, order_id)
    total = await tx.session.scalar(store.count_attempts(order_id)) or 0
    await tx.log_security("evidence-gathered", order_id, by=str(creator_id))
    return Evidence(
        order_id=order_id,
        gathered_at=tx.clock.now(),
        product=await tx.session.get(MirroredProduct, grants[0].product_id) if grants else None,
        grants=grants,
        events=list((await tx.session.execute(store.events_of_order(order_id))).scalars()),
        attempts=shown,
        attempts_omitted=total - len(shown),
        chain=Chain(head.length, head.digest, broken.position if broken else None),
    )


async def _attempts(tx: Tx, order_id: UUID) -> list[SeenAttempt]:
    query = store.attempts_with_addresses(order_id, tx.clock.now(), MOST_ATTEMPTS)
    rows = (await tx.session.execute(query)).all()
    return [SeenAttempt(attempt, str(ip) if ip is not None else None) for attempt, ip in reversed(rows)]
