"""Programs that were unpacked beside the libraries they need."""

from pathlib import Path

import pytest
from local_stack import binaries


def test_libraries_in_a_folder_of_their_own_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "UNPACKED", tmp_path)
    libraries = tmp_path / "chromium" / "usr/lib/x86_64-linux-gnu"
    for file in ("libpulse.so.0", "pulseaudio/libpulsecommon-16.1.so", "gtk-3.0/notes.txt"):
        (libraries / file).parent.mkdir(parents=True, exist_ok=True)
        (libraries / file).touch()
    assert binaries.library_path("chromium") == {"LD_LIBRARY_PATH": f"{libraries}:{libraries / 'pulseaudio'}"}


def test_what_was_not_unpacked_needs_no_libraries_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "UNPACKED", tmp_path)
    assert binaries.library_path("chromium") == {}
