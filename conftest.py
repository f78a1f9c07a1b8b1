"""What every test can ask for: a private infrastructure, thrown away at the session's end, and a Chromium."""

import os
import resource
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from chassis import lifecycle, telemetry
from chassis.testing import PATIENCE
from hypothesis import HealthCheck
from local_stack import Stack, binaries
from playwright.async_api import Browser, async_playwright, expect
from xdist.scheduler import LoadScopeScheduling

ROOT = Path(__file__).parent
TOGETHER = ("tests/integration/", "tests/faults/")
"""Whose tests share a stack with all services, or a fleet of them: a worker that has one keeps it."""


def allow_as_many_files_as_may_be() -> None:
    """A crowd of buyers and the gateway that they ask are one process here: more than the 1,024 of a usual user."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


allow_as_many_files_as_may_be()
hypothesis.settings.register_profile("any-machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis.settings.load_profile("any-machine")


class WholeFiles(LoadScopeScheduling):  # type: ignore[misc]  # it says nothing of its types
    """Each file to one worker; and all of them that stand TOGETHER, so that there is one stack and one fleet."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return next((folder for folder in TOGETHER if file.startswith(folder)), file)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> WholeFiles:
    return WholeFiles(config, log)


@pytest.fixture(scope="session")
async def infrastructure(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """PostgreSQL, RabbitMQ, Valkey, S3, mail and the Stripe sandbox on free ports; no service runs."""
    state = Path(os.environ.get("TEST_STATE_DIR") or tmp_path_factory.mktemp("stack"))
    async with Stack(state, infrastructure_only=True) as stack:
        yield stack


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One Chromium a session; every test opens windows of its own."""
    chromium = binaries.chromium()
    if chromium is None:
        pytest.skip("no Chromium on this machine; run: tools/bootstrap stack chromium")
    flags = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=flags)
        expect.set_options(timeout=PATIENCE * 1000)
        yield browser
        await browser.close()


@pytest.fixture(scope="session", autouse=True)
def _logs() -> None:
    """Logs as the services write them: one line each, no locals."""
    telemetry.configure_logs("test", "warning")


@pytest.fixture(scope="session", autouse=True)
def _patience_with_the_cache() -> Iterator[None]:
    """A service of this process waits for its cache: a throttle lets pass what it cannot count."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lifecycle, "CACHE_SECONDS", PATIENCE)
        yield
