"""Where everything lies: the repository, and under one directory all that a stack keeps."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[4]
UNPACKED = ROOT / ".local" / "debs"
"""Debian's packages that are not installed, unpacked for this repository alone."""


class AlreadyRunning(Exception):
    """Another launcher keeps a stack in this directory."""


@dataclass(frozen=True)
class State:
    """A directory that one stack owns. Everything in it may be thrown away while the stack is down."""

    path: Path

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", self.path.resolve())

    @property
    def ports(self) -> Path:
        return self.path / "ports.json"

    @property
    def secrets(self) -> Path:
        return self.path / "secrets.json"

    @property
    def endpoints(self) -> Path:
        return self.path / "endpoints.json"

    @property
    def demo(self) -> Path:
        return self.path / "demo.json"

    @property
    def control(self) -> Path:
        return self.path / "control.sock"

    @property
    def _lock(self) -> Path:
        return self.path / "lock"

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def folder(self, name: str) -> Path:
        """A folder of the part `name`, made if it is not there, readable by its owner alone."""
        folder = self.path / name
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder

    @contextmanager
    def locked(self, *, patience: float = 1.0) -> Iterator[None]:
        """Hold the directory; blocks for `patience` seconds at most, since `is_locked` holds it for an instant.

        The kernel lets go of it when the holder dies. Raises AlreadyRunning.
        """
        self.logs.mkdir(parents=True, exist_ok=True)
        handle = os.open(self._lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        deadline = time.monotonic() + patience
        try:
            while not _flocked(handle):
                if time.monotonic() > deadline:
                    raise AlreadyRunning(f"a stack is running in {self.path}")
                time.sleep(0.01)
            yield
        finally:
            os.close(handle)

    def is_locked(self) -> bool:
        """Whether somebody holds the directory."""
        if not self._lock.exists():
            return False
        try:
            with self.locked(patience=0):
                return False
        except AlreadyRunning:
            return True


def _flocked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
