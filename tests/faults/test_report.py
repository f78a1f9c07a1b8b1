"""The table says how many schedules lost something, and which seed did first."""

import json
from pathlib import Path

from .invariants import INVARIANTS
from .ledger import Finding
from .report import Line, table, write
from .rounds import Outcome, broken_off
from .schedule import draw

LOST = Finding("lost", "paid, and never told", "order")


def outcome(seed: int, *findings: tuple[Finding, ...]) -> Outcome:
    return Outcome(draw(INVARIANTS[8], seed, len(findings)), findings, struck=1, seconds=2.5)


def line() -> Line:
    """Of five schedules two lost something, one of them twice."""
    line = Line(INVARIANTS[8])
    for each in (outcome(6, (), ()), outcome(7, (), (LOST, LOST)), outcome(8, (LOST,))):
        line.add(each)
    return line


def test_schedules_are_counted_and_the_first_seed_that_failed_is_named() -> None:
    cells = line().cells()
    assert cells[1:6] == ("5", "2", "0", "0", "7")
    assert cells[-1] == "8"


def test_a_table_has_a_row_an_invariant_under_its_headings() -> None:
    headings, row = table([line()]).splitlines()
    assert headings.startswith("invariant")
    assert row.startswith(f"8 {INVARIANTS[8].claim}")


def test_the_same_is_written_as_json_with_each_finding(tmp_path: Path) -> None:
    write([line()], tmp_path / "faults.json")
    (written,) = json.loads((tmp_path / "faults.json").read_text())
    assert (written["schedules"], written["lost"], written["seedOfTheFirstFailure"]) == (5, 2, 7)
    assert len(written["findings"]) == 3


def test_a_round_that_broke_off_counts_as_stuck_for_each_of_its_schedules() -> None:
    line = Line(INVARIANTS[8])
    line.add(broken_off(draw(INVARIANTS[8], 9, width=3), RuntimeError("no connection")))
    assert line.cells()[1:6] == ("3", "0", "0", "3", "9")
