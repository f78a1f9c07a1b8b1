"""Lives through one round: people come, faults begin and end, all falls quiet, and the checker looks."""

import asyncio
import time
from dataclasses import dataclass

from .facts import Facts
from .invariants import STORIES, Invariant
from .ledger import Finding
from .population import Population, settle_down
from .quiet import QUIET_SECONDS, Owed, Positions, positions, quiet
from .reading import parked_beyond, parked_now, read
from .schedule import Planned, Round
from .world import World

ROUND_SECONDS = 300
"""A bound on everything before quiet."""
MOST_LOOKS = 20


@dataclass(frozen=True)
class Outcome:
    """What one round's schedules came to, each with its findings."""

    round: Round
    findings: tuple[tuple[Finding, ...], ...]
    struck: int
    """How many of the faults met somebody: a failpoint may not have been passed."""
    seconds: float


async def live_through(world: World, invariant: Invariant, planned: Round, patience: float = QUIET_SECONDS) -> Outcome:
    began = time.monotonic()
    await world.calm()
    await world.market.ready()
    parked_before = await parked_now(world)
    since = await positions(world)
    async with asyncio.timeout(ROUND_SECONDS):
        populations = await _settle(world, invariant, planned)
        struck = await _act(world, planned, populations)
        await world.fleet.until_ready()
    owed, facts = await _facts_at_rest(world, populations, since, parked_before, patience)
    stuck = [Finding("stuck", str(owed), "all")] if owed else []
    stuck += [Finding("stuck", "did not stop when it was told to", member) for member in world.fleet.slow_to_stop()]
    findings = tuple((*stuck, *_found(invariant, each)) for each in facts)
    return Outcome(planned, findings, struck, time.monotonic() - began)


async def _facts_at_rest(
    world: World, populations: list[Population], since: Positions, parked_before: dict[str, set[str]], patience: float
) -> tuple[Owed, list[Facts]]:
    """What is still owed, and the facts, read while nothing happened: a page may end in between."""
    owed = await quiet(world, since, patience)
    for _ in range(MOST_LOOKS):
        before = await positions(world)
        owed = await quiet(world, since, patience)  # at once, but for what was told since
        parked = {
            queue: parked_beyond(world.poisoned[queue], ids - parked_before[queue])
            for queue, ids in (await parked_now(world)).items()
        }
        facts = list(await asyncio.gather(*(read(world, people, parked) for people in populations)))
        if owed or await positions(world) == before:
            break
    return owed, facts


def broken_off(planned: Round, error: Exception) -> Outcome:
    """A round that could not be lived through: nothing is known of its schedules, and each counts as stuck."""
    finding = Finding("stuck", f"the round broke off: {error!r}", "all")
    return Outcome(planned, tuple((finding,) for _ in planned.people), struck=0, seconds=0.0)


def _found(invariant: Invariant, facts: Facts) -> list[Finding]:
    return [finding for check in dict.fromkeys(invariant.checks) for finding in check(facts)]


async def _settle(world: World, invariant: Invariant, planned: Round) -> list[Population]:
    """All begin with their page on the market, known to who sells it."""
    names = [f"{planned.invariant}-{planned.seed}-{index}-{time.time_ns():x}" for index in range(len(planned.people))]
    return list(
        await asyncio.gather(
            *(
                settle_down(world, name, f"{planned.invariant}/{planned.seed}/{index}", index, invariant.page)
                for index, name in enumerate(names)
            )
        )
    )


async def _act(world: World, planned: Round, populations: list[Population]) -> int:
    """How many faults struck, when all has been done."""
    async with asyncio.TaskGroup() as group:
        for people, coming in zip(populations, planned.people, strict=True):
            for number, who in enumerate(coming):
                group.create_task(_come(world, people, who.story, who.at, number))
        wrong = [group.create_task(_happen(world, fault)) for fault in planned.faults]
    return sum(task.result() for task in wrong)


async def _come(world: World, people: Population, story: str, at: float, number: int) -> None:
    await asyncio.sleep(at)
    await STORIES[story](world, people, number)


async def _happen(world: World, planned: Planned) -> bool:
    """Whether it struck. It ends in any case."""
    await asyncio.sleep(planned.begins)
    await planned.fault.begin(world)
    try:
        await asyncio.sleep(planned.lasts)
    finally:
        struck = await planned.fault.end(world)
    return struck
