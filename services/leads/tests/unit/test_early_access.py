"""Waves of early access: who may enter, and from when on."""

from datetime import UTC, datetime, timedelta

from chassis.clock import new_id
from leads.models import EarlyAccessWave, Wave, waves_of
from leads.models.early_access import admission

LAUNCH = datetime(2026, 6, 1, 12, tzinfo=UTC)
PAGE = new_id()


def chosen(*waves: tuple[int, int | None]) -> list[EarlyAccessWave]:
    return [EarlyAccessWave(page_id=PAGE, minutes_before=before, registrants=size) for before, size in waves]


def before(minutes: float) -> datetime:
    return LAUNCH - timedelta(minutes=minutes)


def test_a_page_without_early_access_has_no_waves() -> None:
    assert waves_of(0, chosen((30, 100))) == []


def test_without_a_choice_all_enter_at_once() -> None:
    assert waves_of(30, []) == [Wave(30, None)]


def test_nobody_enters_sooner_than_the_page_allows() -> None:
    assert waves_of(20, chosen((15, None), (30, 100))) == [Wave(20, 100), Wave(15, None)]


def test_each_wave_that_begins_lets_in_more() -> None:
    waves = waves_of(30, chosen((30, 100), (15, 50), (5, None)))
    assert admission(waves, LAUNCH, before(30.1)) is None
    found = [admission(waves, LAUNCH, before(minutes)) for minutes in (30, 15.1, 15, 5)]
    assert [(part.registrants, part.opens_at) for part in found if part] == [
        (100, before(30)),
        (100, before(30)),
        (150, before(15)),
        (None, before(5)),
    ]


def test_places_are_those_not_taken_yet() -> None:
    full = admission([Wave(30, 100)], LAUNCH, before(30))
    everybody = admission([Wave(30, None)], LAUNCH, before(30))
    assert full is not None
    assert everybody is not None
    assert [full.places_left(taken, 40) for taken in (0, 80, 100, 120)] == [40, 20, 0, 0]
    assert everybody.places_left(10_000, 40) == 40
