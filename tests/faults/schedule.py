"""A schedule is a value: drawn from an invariant's number and a seed, printed, and drawn again from the same."""

from dataclasses import dataclass
from random import Random

from .faults import Fault
from .invariants import Invariant

ACT_SECONDS = 2.0
"""Within this the people come, and the faults begin."""


@dataclass(frozen=True)
class Planned:
    """A fault, and when: seconds since the people began to act."""

    fault: Fault
    begins: float
    lasts: float

    def __str__(self) -> str:
        return f"{self.begins:.1f}-{self.begins + self.lasts:.1f} s {self.fault}"


@dataclass(frozen=True)
class Coming:
    """Somebody of a population, and when they come."""

    story: str
    at: float


@dataclass(frozen=True)
class Round:
    """Populations that live through the same faults; each is a schedule, with people and times of its own."""

    invariant: int
    seed: int
    faults: tuple[Planned, ...]
    people: tuple[tuple[Coming, ...], ...]

    def __str__(self) -> str:
        return f"{self.invariant}/{self.seed}: " + "; ".join(map(str, self.faults))


def draw(invariant: Invariant, seed: int, width: int) -> Round:
    """The round of `invariant` with that seed, of `width` schedules."""
    chance = Random(f"{invariant.number}/{seed}")
    drawn = [_planned(invariant, chance) for _ in range(chance.randint(1, invariant.most_faults))]
    faults = tuple({planned.fault.place: planned for planned in drawn}.values())
    people = tuple(_coming(invariant, Random(f"{invariant.number}/{seed}/{index}")) for index in range(width))
    return Round(invariant.number, seed, faults, people)


def _planned(invariant: Invariant, chance: Random) -> Planned:
    fault = chance.choice(invariant.faults)(chance)
    begins = chance.uniform(0, ACT_SECONDS * 0.75)
    return Planned(fault, begins, chance.uniform(*invariant.fault_lasts))


def _coming(invariant: Invariant, chance: Random) -> tuple[Coming, ...]:
    stories = [story for story, most in invariant.people.items() for _ in range(chance.randint(1, most))]
    return tuple(Coming(story, chance.uniform(0, ACT_SECONDS)) for story in stories)
