"""The table of a run, and the same as JSON."""

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .invariants import Invariant
from .ledger import Finding
from .rounds import Outcome

KINDS = ("lost", "duplicated", "stuck")
HEADINGS = ("invariant", "schedules", *KINDS, "seed of the first failure", "faults that struck", "seconds")


@dataclass
class Line:
    """What became of one invariant."""

    invariant: Invariant
    schedules: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    """Schedules in which something was lost, duplicated, stuck."""
    first_failure: int | None = None
    faults: int = 0
    struck: int = 0
    seconds: float = 0.0
    findings: list[str] = field(default_factory=list)

    def add(self, outcome: Outcome) -> None:
        self.schedules += len(outcome.findings)
        self.seconds += outcome.seconds
        self.faults += len(outcome.round.faults)
        self.struck += outcome.struck
        for index, findings in enumerate(outcome.findings):
            self.counts.update({finding.kind for finding in findings})
            self._note(outcome, index, findings)

    def _note(self, outcome: Outcome, index: int, findings: tuple[Finding, ...]) -> None:
        if findings and self.first_failure is None:
            self.first_failure = outcome.round.seed
        self.findings += [f"{outcome.round} [{index}] {finding}" for finding in findings]

    def cells(self) -> tuple[str, ...]:
        first = "" if self.first_failure is None else str(self.first_failure)
        counts = (str(self.counts[kind]) for kind in KINDS)
        name = f"{self.invariant.number} {self.invariant.claim}"
        struck = f"{self.struck} of {self.faults}"
        return (name, str(self.schedules), *counts, first, struck, f"{self.seconds:.0f}")

    def as_json(self) -> dict[str, Any]:
        counts = {kind: self.counts[kind] for kind in KINDS}
        named = {"invariant": self.invariant.number, "claim": self.invariant.claim, "schedules": self.schedules}
        faults = {"faults": self.faults, "struck": self.struck}
        last = {"seedOfTheFirstFailure": self.first_failure, **faults, "seconds": round(self.seconds, 1)}
        return {**named, **counts, **last, "findings": self.findings}


def table(lines: list[Line]) -> str:
    rows = [HEADINGS, *(line.cells() for line in lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    return "\n".join(
        " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def write(lines: list[Line], file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps([line.as_json() for line in lines], indent=2) + "\n")
