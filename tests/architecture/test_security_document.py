"""docs/security.md says what is so: every line is held by something that shows it."""

import re

import pytest

from .test_house_rules import ROOT

DOCUMENT = (ROOT / "docs" / "security.md").read_text()
LINES = [line for line in DOCUMENT.splitlines() if line.startswith("| ") and line.count("|") == 4]
NAMED = sorted(set(re.findall(r"`([\w/.-]+\.py)::(\w+)`", DOCUMENT)))


@pytest.mark.parametrize(("file", "test"), NAMED, ids=lambda named: named)
def test_a_test_that_is_named_is_there(file: str, test: str) -> None:
    assert re.search(rf"^(async )?def {test}\(", (ROOT / file).read_text(), re.MULTILINE)


@pytest.mark.parametrize("line", [line for line in LINES if not line.startswith("| |")])
def test_every_line_names_what_shows_it(line: str) -> None:
    assert ".py::test_" in line.split("|")[3]
