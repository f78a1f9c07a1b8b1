import stat
import sys
from pathlib import Path

import pytest
from local_stack import keys
from local_stack.places import ROOT


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that the command line names."""
    file = tmp_path / ".env"
    monkeypatch.setattr(sys, "argv", ["keys", str(file)])
    return file


def test_keys_are_written_for_their_owner_alone(file: Path) -> None:
    assert keys.main() == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [line.partition("=")[0].lower() for line in file.read_text().splitlines()] == [*keys.NAMES]


def test_keys_that_are_there_are_never_lost(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keys.main()
    kept = file.read_text()
    assert keys.main() == 1
    assert file.read_text() == kept
    assert "exists and is left as it is" in capsys.readouterr().out


def test_keys_are_printed_where_no_file_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["keys"])
    assert keys.main() == 0
    assert len(capsys.readouterr().out.splitlines()) == len(keys.NAMES)


def test_keys_are_in_no_image() -> None:
    assert "deploy/.env" in (ROOT / ".dockerignore").read_text().splitlines()
