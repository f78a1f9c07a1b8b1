"""How much was tried, said at the end."""

import pytest

from .inputs import tried


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if tried:
        terminalreporter.write_line(f"fuzzed {len(tried)} readers with {sum(tried.values()):,} inputs")
