"""A schedule is replayed by its seed."""

import pytest

from .invariants import INVARIANTS, STORIES
from .schedule import draw


@pytest.mark.parametrize("number", INVARIANTS)
def test_the_same_seed_draws_the_same_round(number: int) -> None:
    drawn = [draw(INVARIANTS[number], 7, width=3) for _ in range(2)]
    assert str(drawn[0]) == str(drawn[1])
    assert drawn[0] == drawn[1]


@pytest.mark.parametrize("number", INVARIANTS)
def test_another_seed_draws_another_round(number: int) -> None:
    assert len({str(draw(INVARIANTS[number], seed, width=1)) for seed in range(20)}) > 10


def test_a_schedule_has_the_same_people_however_many_live_through_its_round() -> None:
    narrow, wide = (draw(INVARIANTS[8], 7, width=width) for width in (1, 4))
    assert wide.people[0] == narrow.people[0]
    assert wide.faults == narrow.faults


@pytest.mark.parametrize("number", INVARIANTS)
def test_every_story_of_an_invariant_can_be_told(number: int) -> None:
    assert set(INVARIANTS[number].people) <= set(STORIES)
    assert INVARIANTS[number].number == number


@pytest.mark.parametrize("number", INVARIANTS)
def test_two_faults_of_a_round_are_done_to_different_things(number: int) -> None:
    for seed in range(50):
        places = [planned.fault.place for planned in draw(INVARIANTS[number], seed, width=1).faults]
        assert len(places) == len(set(places))
