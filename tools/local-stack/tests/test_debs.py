"""What the bootstrap says of a machine whose packages will not do."""

from collections.abc import Callable
from pathlib import Path

import pytest
from local_stack import binaries, debs


class Shelf(debs.Apt):
    """An apt that has these packages at these versions, and has read its lists."""

    def __init__(self, **versions: str) -> None:
        super().__init__()
        self._versions = {name.replace("_", "-"): version for name, version in versions.items()}

    def run(self, *arguments: str, cwd: Path | None = None) -> str:
        package = arguments[-1]
        if arguments[:2] == ("apt-cache", "policy"):
            return f"{package}:\n  Candidate: {self._versions[package]}\n" if package in self._versions else ""
        if "--simulate" in arguments:
            return f"Inst {package} ({self._versions[package]} somewhere)\n"
        if arguments[:2] == ("apt-cache", "depends"):
            return f"{package}\nerlang-base\n"
        raise debs.Unavailable(f"E: Unable to locate package {package}")

    def refresh(self) -> None:
        """They are as they are."""


@pytest.fixture(autouse=True)
def _unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(debs, "UNPACKED", tmp_path)


def problem(apt: debs.Apt, package: str, choose: Callable[[debs.Apt], list[str]]) -> str:
    def absent() -> None:
        raise binaries.Missing(f"{package} is not on this machine; run: sudo apt-get install {package}")

    return debs.ensure(apt, package, absent, choose) or ""


def test_a_rabbitmq_that_is_too_old_is_refused_by_naming_what_is_supported() -> None:
    told = problem(Shelf(rabbitmq_server="3.9.27-0ubuntu0.1"), "rabbitmq-server", debs.broker)
    assert "RabbitMQ 3.10 or newer: apt offers 3.9.27" in told
    assert "Debian 12 or newer and Ubuntu 24.04 or newer" in told
    assert "apt-get install" not in told


def test_a_machine_without_caddy_is_refused_by_naming_what_is_supported() -> None:
    told = problem(Shelf(rabbitmq_server="3.12.1-1"), "caddy", debs.edge)
    assert told.startswith("caddy: apt offers none")
    assert "Debian 12 or newer and Ubuntu 24.04 or newer" in told
    assert "apt-get install" not in told


@pytest.mark.parametrize("version", ["3.10.8-1.1+deb12u1", "3.12.1-1ubuntu1", "4.0.5-9"])
def test_a_rabbitmq_that_is_new_enough_is_fetched_with_its_erlang(version: str) -> None:
    assert debs.broker(Shelf(rabbitmq_server=version)) == ["erlang-base", "rabbitmq-server"]


def test_a_package_that_cannot_be_fetched_may_still_be_installed() -> None:
    told = problem(Shelf(caddy="2.6.2-5"), "caddy", debs.edge)
    assert "sudo apt-get install caddy" in told
    assert "could not be unpacked privately" in told
