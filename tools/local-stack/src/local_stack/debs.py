"""`python -m local_stack.debs [--chromium]`: Debian's packages that are missing, unpacked for this repository alone.

Nothing is installed and root is not needed: apt names and fetches the packages, `dpkg -x` unpacks them under
`.local/debs/<package>`. Whoever has them installed keeps using those.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from local_stack import binaries
from local_stack.places import UNPACKED

SUPPORTED = "supported are Debian 12 or newer and Ubuntu 24.04 or newer, with its universe"
OLDEST_RABBITMQ = "3.10"
"""The first whose quorum queues let messages expire."""
ERLANG_HOME = 'ROOTDIR="$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)"'


class Unavailable(Exception):
    """apt cannot bring the package. The message is apt's."""


class Unsupported(Unavailable):
    """No installation would help: this distribution's packages are too old, or not there."""


class Apt:
    """The machine's apt; with lists of our own where the machine's are missing or outdated."""

    def __init__(self) -> None:
        self._options: list[str] = []

    def run(self, *arguments: str, cwd: Path | None = None) -> str:
        command = [arguments[0], "-o", "APT::Sandbox::User=root", *self._options, *arguments[1:]]
        in_english = {**os.environ, "LC_ALL": "C"}
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, env=in_english)
        if done.returncode:
            raise Unavailable(done.stderr.strip() or done.stdout.strip())
        return done.stdout

    def refresh(self) -> None:
        """Fetch the package lists into `.local`. A source that fails does not matter if another has the package."""
        home = UNPACKED / "apt"
        for folder in ("lists/partial", "cache/archives/partial"):
            (home / folder).mkdir(parents=True, exist_ok=True)
        self._options = ["-o", f"Dir::State::lists={home}/lists", "-o", f"Dir::Cache={home}/cache"]
        say("  reading the package lists …")
        try:
            self.run("apt-get", "update")
        except Unavailable as reason:
            say(f"  apt: {str(reason).splitlines()[-1]}")

    def offered(self, package: str) -> str:
        """The version that apt would install. Raises Unsupported."""
        candidate = re.search(r"Candidate: (\d\S*)", self.run("apt-cache", "policy", package))
        if candidate is None:
            raise Unsupported(f"{package}: apt offers none, or its lists could not be read; {SUPPORTED}")
        return candidate[1]

    def missing(self, package: str) -> list[str]:
        """`package` and what it needs and this machine lacks."""
        simulated = self.run("apt-get", "--simulate", "--no-install-recommends", "install", package)
        names = [line.split()[1] for line in simulated.splitlines() if line.startswith("Inst ")]
        return names or [package]

    def erlang(self) -> list[str]:
        """All of RabbitMQ's Erlang: an Erlang finds its libraries in its own root only, so it must be whole."""
        hidden = [f"--no-{kind}" for kind in ("recommends", "suggests", "conflicts", "breaks", "replaces", "enhances")]
        lines = self.run("apt-cache", "depends", "--recurse", *hidden, "rabbitmq-server").splitlines()
        return [line for line in lines if line.startswith("erlang-") and ":" not in line]

    def fetch(self, packages: list[str], folder: Path) -> list[Path]:
        self.run("apt-get", "download", *packages, cwd=folder)
        return sorted(folder.glob("*.deb"))


def unpack(apt: Apt, package: str, choose: Callable[[Apt], list[str]]) -> None:
    """Make `.local/debs/<package>`, whole or not at all. Raises Unavailable."""
    say(f"Unpacking {package} into .local/debs: it is not installed")
    partial = UNPACKED / f"{package}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    (partial / "fetched").mkdir(parents=True)
    for file in _fetched(apt, choose, partial / "fetched"):
        say(f"  {file.name.split('_')[0]}")
        subprocess.run(["dpkg", "-x", file, partial], check=True)
    shutil.rmtree(partial / "fetched")
    _make_relocatable(partial)
    shutil.rmtree(UNPACKED / package, ignore_errors=True)
    partial.rename(UNPACKED / package)


def _fetched(apt: Apt, choose: Callable[[Apt], list[str]], folder: Path) -> list[Path]:
    try:
        return apt.fetch(choose(apt), folder)
    except Unavailable:  # no lists on this machine, or lists that name files which are gone
        apt.refresh()
        return apt.fetch(choose(apt), folder)


def _make_relocatable(root: Path) -> None:
    """Debian's `erl` has its home written into it."""
    erl = root / "usr/lib/erlang/bin/erl"
    if erl.exists():
        erl.write_text(erl.read_text().replace("ROOTDIR=/usr/lib/erlang", ERLANG_HOME))


def ensure(apt: Apt, package: str, find: Callable[[], object], choose: Callable[[Apt], list[str]]) -> str | None:
    """What to do about `package`, if it is not here and could not be unpacked."""
    try:
        find()
    except binaries.Missing as missing:
        if shutil.which("apt-get") is None:
            return f"{missing} (there is no apt-get here)"
        try:
            unpack(apt, package, choose)
        except Unsupported as reason:
            return str(reason)
        except (Unavailable, subprocess.CalledProcessError, OSError) as reason:
            return f"{missing}\n    could not be unpacked privately: {str(reason).splitlines()[-1]}"
    return None


def ensure_chromium(apt: Apt) -> None:
    """Page tests look for it; without one they are skipped, so its lack is told and no more."""
    if binaries.chromium():
        return
    try:
        unpack(apt, "chromium", lambda apt: apt.missing("chromium"))
        _write_chromium_script(UNPACKED / "chromium")
    except (Unavailable, subprocess.CalledProcessError, OSError) as reason:
        say(f"  no Chromium, so tests in a browser are skipped: {str(reason).splitlines()[-1]}")


def _write_chromium_script(root: Path) -> None:
    program = root / "usr/lib/chromium/chromium"
    if not program.exists():
        shutil.rmtree(root)
        raise Unavailable("this distribution's chromium is not a package but a snap")
    libraries = binaries.library_path("chromium").get("LD_LIBRARY_PATH", "")
    script = root / "run"
    script.write_text(
        f'#!/bin/sh\nexport LD_LIBRARY_PATH="{libraries}"\n'
        f'[ -e /etc/fonts ] || export FONTCONFIG_PATH="{root}/etc/fonts"\nexec "{program}" "$@"\n'
    )
    script.chmod(0o755)
    if not binaries.works(str(script), "--version"):
        shutil.rmtree(root)
        raise Unavailable("the unpacked one does not start; sudo apt-get install chromium")


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main() -> int:
    os.environ["LC_ALL"] = "C"  # apt's own words, whatever the language
    apt = Apt()
    problems = [
        ensure(apt, "rabbitmq-server", binaries.rabbitmq, broker),
        ensure(apt, "caddy", binaries.caddy, edge),
    ]
    if "--chromium" in sys.argv[1:]:
        ensure_chromium(apt)
    for problem in filter(None, problems):
        say(f"Missing: {problem}")
    return 1 if any(problems) else 0


def edge(apt: Apt) -> list[str]:
    """Caddy alone: it is a static binary. Raises Unsupported."""
    apt.offered("caddy")
    return ["caddy"]


def broker(apt: Apt) -> list[str]:
    """RabbitMQ and all that it needs. Raises Unsupported."""
    version = apt.offered("rabbitmq-server")
    if not binaries.works("dpkg", "--compare-versions", version, "ge", OLDEST_RABBITMQ):
        raise Unsupported(f"RabbitMQ {OLDEST_RABBITMQ} or newer: apt offers {version}; {SUPPORTED}")
    return sorted({*apt.missing("rabbitmq-server"), *apt.erlang()})


if __name__ == "__main__":
    sys.exit(main())
