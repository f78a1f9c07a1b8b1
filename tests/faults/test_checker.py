"""The checker is proved: whatever bug is planted, it finds it."""

from dataclasses import dataclass
from random import Random

import pytest

from .faults import Fault, KilledAt, Troubled
from .invariants import INVARIANTS
from .ledger import Kind
from .proxies import Trouble
from .rounds import live_through
from .schedule import Coming, Planned, Round
from .world import World

WIDTH = 4
MOST_ROUNDS = 5
"""A bug that needs two to meet at a moment need not show at the first try."""
PATIENCE_SECONDS = 8
"""What a planted bug has lost never comes."""


@dataclass(frozen=True)
class Bug:
    planted: str
    member: str
    story: str
    invariant: int
    fault: Fault | None
    kind: Kind
    found: str
    """Words of the finding."""

    def round(self, seed: int) -> Round:
        """Many do the same at once, and the fault is there from the beginning."""
        chance = Random(seed)
        people = tuple(tuple(Coming(self.story, chance.uniform(0, 0.5)) for _ in range(3)) for _ in range(WIDTH))
        faults = () if self.fault is None else (Planned(self.fault, 0.0, 5.0),)
        return Round(self.invariant, seed, faults, people)


SLOW = Troubled("postgres", Trouble(delay=1.5, delayed=b"COMMIT"), "is slow to COMMIT")
BUGS = (
    Bug("watermark_relay", "pages-worker", "change-page", 8, SLOW, "lost", "committed and never published"),
    Bug(
        "marked_before_published",
        "pages-worker",
        "change-page",
        8,
        KilledAt("pages-worker", "publisher.before-publish", 1),
        "lost",
        "committed and never published",
    ),
    Bug(
        "claimed_before_work",
        "delivery-consumer",
        "buy",
        4,
        KilledAt("delivery-consumer", "consumer.after-claim", 12),
        "lost",
        "",
    ),
    Bug("read_then_written", "delivery-gateway", "buy-and-download", 14, None, "duplicated", "granted"),
    Bug(
        "answered_before_kept",
        "checkout-gateway",
        "buy",
        1,
        KilledAt("checkout-gateway", "webhook.answered", 2),
        "lost",
        "paid, and never told",
    ),
    Bug(
        "refunds_added_up",
        "checkout-gateway",
        "buy-and-regret",
        7,
        None,
        "duplicated",
        "in the books",
    ),
)


@pytest.mark.stack
@pytest.mark.timeout(600)
@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.planted)
async def test_a_planted_bug_is_found(standing: World, bug: Bug) -> None:
    member = standing.fleet[bug.member]
    await member.restart(bug.planted)
    try:
        for seed in range(MOST_ROUNDS):
            outcome = await live_through(standing, INVARIANTS[bug.invariant], bug.round(seed), PATIENCE_SECONDS)
            found = [finding for findings in outcome.findings for finding in findings]
            if any(finding.kind == bug.kind and bug.found in finding.what for finding in found):
                return
    finally:
        await member.restart()
    pytest.fail(f"not found; there was {[str(finding) for finding in found]}")
