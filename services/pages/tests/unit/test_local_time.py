"""What a local time means, and that one which means nothing, or two things, is not guessed."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from chassis.errors import Invalid
from hypothesis import given
from hypothesis import strategies as st
from pages.local_time import exact


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("given_time", "zone", "meant"),
    [
        ("2030-07-01T20:00:00", "Europe/Berlin", "2030-07-01T18:00:00+00:00"),
        ("2030-01-01T20:00:00", "Europe/Berlin", "2030-01-01T19:00:00+00:00"),
        ("2030-01-01T20:00:00", "Asia/Kolkata", "2030-01-01T14:30:00+00:00"),
        ("2030-01-01T20:00:00-03:00", "Asia/Kolkata", "2030-01-01T23:00:00+00:00"),
        ("2030-10-27T02:30:00+02:00", "Europe/Berlin", "2030-10-27T00:30:00+00:00"),
        ("2030-10-27T02:30:00+01:00", "Europe/Berlin", "2030-10-27T01:30:00+00:00"),
        ("2030-03-31T02:30:00+01:00", "Europe/Berlin", "2030-03-31T01:30:00+00:00"),
        ("2030-03-31T01:59:59", "Europe/Berlin", "2030-03-31T00:59:59+00:00"),
        ("2030-03-31T03:00:00", "Europe/Berlin", "2030-03-31T01:00:00+00:00"),
        ("2030-10-27T01:59:59", "Europe/Berlin", "2030-10-26T23:59:59+00:00"),
        ("2030-10-27T03:00:00", "Europe/Berlin", "2030-10-27T02:00:00+00:00"),
    ],
)
def test_a_time_is_the_one_that_the_zones_clocks_show(given_time: str, zone: str, meant: str) -> None:
    assert exact(at(given_time), zone, "#/launchAt") == at(meant)


@pytest.mark.parametrize(
    ("given_time", "zone", "word", "choices"),
    [
        (
            "2030-03-31T02:30:00",
            "Europe/Berlin",
            "skip",
            ("2030-03-31T01:30:00+01:00", "2030-03-31T03:30:00+02:00"),
        ),
        (
            "2030-10-27T02:30:00",
            "Europe/Berlin",
            "twice",
            ("2030-10-27T02:30:00+02:00", "2030-10-27T02:30:00+01:00"),
        ),
        (
            "2030-10-06T02:15:00",
            "Australia/Lord_Howe",  # half an hour
            "skip",
            ("2030-10-06T01:45:00+10:30", "2030-10-06T02:45:00+11:00"),
        ),
    ],
)
def test_a_gap_and_an_overlap_are_refused_with_what_could_be_meant(
    given_time: str, zone: str, word: str, choices: tuple[str, str]
) -> None:
    with pytest.raises(Invalid) as refusal:
        exact(at(given_time), zone, "#/launchAt")
    (error,) = refusal.value.more["errors"]
    assert error["pointer"] == "#/launchAt"
    assert word in error["detail"]
    assert f"{choices[0]} or {choices[1]}" in error["detail"]


@given(
    st.datetimes(min_value=at("2000-01-01"), max_value=at("2100-01-01")),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "UTC"]),
)
def test_what_is_taken_is_what_the_clocks_show_and_nothing_else_is(local: datetime, zone: str) -> None:
    try:
        meant = exact(local, zone, "#")
    except Invalid:
        offsets = {local.replace(tzinfo=ZoneInfo(zone), fold=fold).utcoffset() for fold in (0, 1)}
        assert len(offsets) == 2
    else:
        assert meant.tzinfo is UTC
        assert meant.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0) == local
