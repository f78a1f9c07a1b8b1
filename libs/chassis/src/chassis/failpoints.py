"""Places at which a process can be made to die or stand still, so that tests can show what survives it."""

import os
import signal
from pathlib import Path

_FOLDER = os.environ.get("FAILPOINTS")


def failpoint(name: str) -> None:
    """End this process where `name` is armed: a file of that name in the folder that FAILPOINTS names.

    The file says the how-manieth passage is deadly, and goes with it; `2 SIGSTOP` makes the process stand still at its
    second, until somebody sends it SIGCONT. Without the variable nothing is looked at.
    """
    if _FOLDER is not None:
        _pass(Path(_FOLDER, name))


def _pass(armed: Path) -> None:
    try:
        passage, _, by = armed.read_text().partition(" ")
        left = int(passage) - 1
    except (FileNotFoundError, ValueError):  # not armed, or being written at this moment
        return
    if left > 0:
        armed.write_text(f"{left} {by}".rstrip())
        return
    armed.unlink(missing_ok=True)
    os.kill(os.getpid(), signal.Signals[by or "SIGKILL"])
