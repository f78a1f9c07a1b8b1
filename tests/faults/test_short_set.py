"""A few schedules of each invariant; `make test-faults` lives through hundreds."""

import pytest

from .invariants import INVARIANTS
from .rounds import live_through
from .schedule import draw
from .world import World

WIDTH = 3
SEED = 1000
"""The same schedules each time; `make test-faults` draws others."""


@pytest.mark.stack
@pytest.mark.timeout(600)
@pytest.mark.parametrize("number", [number for number, invariant in INVARIANTS.items() if invariant.short])
async def test_nothing_is_lost_whatever_is_killed(standing: World, number: int) -> None:
    planned = draw(INVARIANTS[number], SEED, WIDTH)
    outcome = await live_through(standing, INVARIANTS[number], planned)
    found = [f"[{index}] {finding}" for index, findings in enumerate(outcome.findings) for finding in findings]
    assert found == [], f"make test-faults SEED={planned.seed} ONLY={number}: {planned}"
