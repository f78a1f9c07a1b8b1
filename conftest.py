"""What every test can ask for: one private infrastructure a session, thrown away at its end."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from chassis import telemetry
from local_stack import Stack

ROOT = Path(__file__).parent


@pytest.fixture(scope="session")
async def infrastructure(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """PostgreSQL, RabbitMQ, Valkey, S3, mail and the Stripe sandbox on free ports; no service runs."""
    state = Path(os.environ.get("TEST_STATE_DIR") or tmp_path_factory.mktemp("stack"))
    async with Stack(state, infrastructure_only=True) as stack:
        yield stack


@pytest.fixture(scope="session", autouse=True)
def _logs() -> None:
    """Logs as the services write them: one line each, no locals."""
    telemetry.configure_logs("test", "warning")
