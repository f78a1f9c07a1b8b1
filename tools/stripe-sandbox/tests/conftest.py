"""The sandbox that every test may share, and sandboxes of one's own."""

import contextlib
import itertools
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from stripe_sandbox.testing import Running, Starter, running


def pytest_configure(config: pytest.Config) -> None:
    """The SDK's HTTPX client still uploads in a way that httpx calls deprecated."""
    config.addinivalue_line("filterwarnings", "ignore:Use 'content=:DeprecationWarning")


@pytest.fixture(scope="session")
async def sandbox(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """One sandbox for every test that does not disturb others."""
    async with running(tmp_path_factory.mktemp("sandbox")) as shared:
        yield shared


@pytest.fixture
def start(tmp_path: Path) -> Starter:
    """Start a sandbox of one's own; each in a folder of its own unless `data` is given."""
    numbers = itertools.count()

    def starter(data: Path | None = None, **settings: Any) -> contextlib.AbstractAsyncContextManager[Running]:
        return running(data or tmp_path / str(next(numbers)), **settings)

    return starter
