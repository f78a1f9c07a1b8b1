"""Awaits the moment in which nothing is owed any more; what is still owed when patience ends is stuck."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from local_stack.ports import SERVICES

from .reading import INBOX
from .subscriptions import queues_of
from .world import World

QUIET_SECONDS = 90
LOOK_SECONDS = 0.15
NEWEST = "SELECT coalesce(max(position), 0) FROM outbox"
SINCE = "SELECT event_id, type, sent_at IS NULL AS unsent FROM outbox WHERE position > $1"
UNMAILED = "SELECT count(*) FROM mails WHERE sent_at IS NULL"
UNFOLLOWED = "SELECT count(*) FROM stripe_events WHERE applied_at IS NULL"
UNREFUNDED = "SELECT count(*) FROM refunds WHERE status = 'requested'"
OVERDUE = "(due_at BETWEEN now() AND now() + interval '57 s' OR due_at > now() + interval '61 s')"
"""A lease is a minute long: who took it up has had three seconds, or a wrong clock."""
HASTEN = {
    "mails": f"UPDATE mails SET due_at = now() WHERE sent_at IS NULL AND {OVERDUE}",
    "stripe_events": f"UPDATE stripe_events SET due_at = now() WHERE applied_at IS NULL AND {OVERDUE}",
    "refunds": f"UPDATE refunds SET due_at = now() WHERE status = 'requested' AND {OVERDUE}",
}
"""Time passes: pauses and leases of the dead run out without being waited for."""
Positions = Mapping[str, int]


@dataclass(frozen=True)
class Owed:
    """How much of each is still to come."""

    events: int
    handlings: int
    witnessed: int
    mails: int
    stripe_events: int
    refunds: int
    webhooks: int

    def __bool__(self) -> bool:
        return any(vars(self).values())


async def positions(world: World) -> Positions:
    """Where the outboxes end now."""
    return {name: await world.databases[name].fetchval(NEWEST) for name in SERVICES}


async def quiet(world: World, since: Positions, patience: float) -> Owed:
    """What is still owed when `patience` (seconds) ends: nothing, if all is well."""
    loop = asyncio.get_running_loop()
    until = loop.time() + patience
    while (owed := await _owed(world, since)) and loop.time() < until:
        await _hasten(world, owed)
        await asyncio.sleep(LOOK_SECONDS)
    return owed


async def _owed(world: World, since: Positions) -> Owed:
    told = [row for name in SERVICES for row in await world.databases[name].fetch(SINCE, since[name])]
    handled = await _handled(world, [row["event_id"] for row in told])
    wanted = {(queue, row["event_id"]) for row in told for queue in queues_of(row["type"])}
    checkout = world.databases["checkout"]
    return Owed(
        events=sum(row["unsent"] for row in told),
        handlings=len(wanted - handled),
        witnessed=sum(str(row["event_id"]) not in world.witness.seen for row in told),
        mails=sum([await pool.fetchval(UNMAILED) for pool in world.databases.values()]),
        stripe_events=await checkout.fetchval(UNFOLLOWED),
        refunds=await checkout.fetchval(UNREFUNDED),
        webhooks=await world.sandbox.owed(),
    )


async def _handled(world: World, event_ids: list[UUID]) -> set[tuple[str, UUID]]:
    found: set[tuple[str, UUID]] = set()
    for pool in world.databases.values():
        found |= {(row["consumer"], row["event_id"]) for row in await pool.fetch(INBOX, event_ids)}
    return found


async def _hasten(world: World, owed: Owed) -> None:
    if owed.webhooks:
        await world.sandbox.control("/webhooks/retry")
    if owed.mails:
        for pool in world.databases.values():
            await pool.execute(HASTEN["mails"])
    for table in ("stripe_events", "refunds"):
        if getattr(owed, table):
            await world.databases["checkout"].execute(HASTEN[table])
