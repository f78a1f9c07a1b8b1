"""An armed failpoint kills its process once, or makes it stand still; without the variable nothing does."""

import os
import signal
import subprocess
import sys
from pathlib import Path

PASSES = "from chassis.failpoints import failpoint\nfor turn in range(3):\n    failpoint('here')\n    print(turn)\n"


def run(folder: Path | None) -> subprocess.CompletedProcess[str]:
    """A process that comes by three times, and says so each time."""
    env = {} if folder is None else {"FAILPOINTS": str(folder)}
    return subprocess.run([sys.executable, "-uc", PASSES], env=env, capture_output=True, text=True, timeout=60)


def test_the_passage_that_is_named_is_deadly_and_only_once(tmp_path: Path) -> None:
    (tmp_path / "here").write_text("2")
    killed, again = run(tmp_path), run(tmp_path)
    assert (killed.returncode, killed.stdout) == (-signal.SIGKILL, "0\n")
    assert (again.returncode, again.stdout) == (0, "0\n1\n2\n")


def test_who_stands_still_goes_on_when_it_is_told_to(tmp_path: Path) -> None:
    (tmp_path / "here").write_text("2 SIGSTOP")
    with subprocess.Popen([sys.executable, "-uc", PASSES], env={"FAILPOINTS": str(tmp_path)}, stdout=-1) as child:
        _, status = os.waitpid(child.pid, os.WUNTRACED)
        assert (os.WIFSTOPPED(status), os.WSTOPSIG(status)) == (True, signal.SIGSTOP)
        child.send_signal(signal.SIGCONT)
        assert child.communicate(timeout=60)[0] == b"0\n1\n2\n"


def test_another_failpoint_is_passed(tmp_path: Path) -> None:
    (tmp_path / "there").write_text("1")
    assert run(tmp_path).returncode == 0
    assert (tmp_path / "there").exists()


def test_without_the_variable_nothing_is_looked_at() -> None:
    assert run(None).stdout == "0\n1\n2\n"
