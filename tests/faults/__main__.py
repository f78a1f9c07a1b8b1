"""`python -m tests.faults [--only 8,1] [--seed N] [--schedules 200]`: schedules, one table, and .local/faults.json."""

import argparse
import asyncio
import secrets
import sys
import tempfile
from pathlib import Path

from chassis import telemetry
from local_stack.places import ROOT

from .invariants import INVARIANTS
from .report import Line, table, write
from .rounds import broken_off, live_through
from .schedule import draw
from .world import World, world

REPORT = ROOT / ".local" / "faults.json"
WIDTH = 8
"""Schedules that live through the same faults: what is expensive to break is broken for all of them."""


def parsed() -> argparse.Namespace:
    arguments = argparse.ArgumentParser(prog="make test-faults", description=__doc__)
    arguments.add_argument("--only", default="", help="numbers of invariants, comma-separated")
    arguments.add_argument("--seed", type=int, default=None, help="of the first round; chosen and printed without it")
    arguments.add_argument(
        "--schedules", type=int, default=None, help="of each invariant: 200, or with a seed one round"
    )
    arguments.add_argument("--report", type=Path, default=REPORT)
    return arguments.parse_args()


async def run(given: argparse.Namespace) -> list[Line]:
    numbers = [int(number) for number in given.only.split(",") if number] or list(INVARIANTS)
    schedules = given.schedules or (WIDTH if given.seed is not None else 200)
    first = secrets.randbelow(1_000_000) if given.seed is None else given.seed
    lines = [Line(INVARIANTS[number]) for number in numbers]
    with tempfile.TemporaryDirectory(prefix="faults-") as state:
        async with world(Path(state)) as standing:
            for line in lines:
                await _run_one(standing, line, first, schedules)
                write(lines, given.report)
    return lines


async def _run_one(standing: World, line: Line, first: int, schedules: int) -> None:
    for seed in range(first, first + -(-schedules // WIDTH)):
        planned = draw(line.invariant, seed, WIDTH)
        print(f"SEED={seed} ONLY={line.invariant.number}  {planned}", flush=True)
        try:
            outcome = await live_through(standing, line.invariant, planned)
        except Exception as error:  # noqa: BLE001 - a run of hours goes on, and tells of it
            outcome = broken_off(planned, error)
        line.add(outcome)
        for index, findings in enumerate(outcome.findings):
            for finding in findings:
                print(f"  [{index}] {finding}", flush=True)


def main() -> None:
    telemetry.configure_logs("faults", "error")
    lines = asyncio.run(run(parsed()))
    print(table(lines))
    sys.exit(1 if any(line.findings for line in lines) else 0)


if __name__ == "__main__":
    main()
