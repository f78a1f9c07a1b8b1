"""The world of the schedules, once a session: stack, proxies and fleet, thrown away after."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from .world import World, world


@pytest.fixture(scope="session")
async def standing(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with world(Path(tmp_path_factory.mktemp("faults"))) as up:
        yield up
