"""PostgreSQL, with a cluster of its own."""

import asyncio
import os
import pwd
import shutil
import signal
from contextlib import suppress
from pathlib import Path

from local_stack import binaries, probes
from local_stack.places import State
from local_stack.processes import Part, StartFailed, run_to_end
from local_stack.waiting import until

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "300",
    "log_min_duration_statement": "500ms",
}
THROWN_AWAY = {"fsync": "off", "full_page_writes": "off"}
"""Still safe against a killed process, not against a power cut."""
LEAVE_SECONDS = 10.0
NOBODY = 65534
MAY_ENTER = ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
"""Even under /root, where nobody else may look."""


def part(state: State, port: int, password: str, *, durable: bool) -> Part:
    """The server; `postgres` is its superuser. With `durable` false it does not wait for the disk."""
    data = state.folder("postgres") / "data"
    settings = {**SETTINGS, **({} if durable else THROWN_AWAY), "port": str(port)}
    options = [option for name, value in settings.items() for option in ("-c", f"{name}={value}")]

    async def prepare() -> None:
        if not (data / "PG_VERSION").exists():
            await _initialise(state, data, password)
        with suppress(TimeoutError):  # the server itself says then what is in its way
            async with asyncio.timeout(LEAVE_SECONDS):
                await until(lambda: not _is_attached(data))
        if not _is_attached(data) and not _is_run(data):
            (data / "postmaster.pid").unlink(missing_ok=True)

    return Part(
        name="postgres",
        command=[*unprivileged(data.parent), str(binaries.postgres(data) / "postgres"), "-D", str(data), *options],
        ready=probes.postgres(f"postgresql://postgres:{password}@127.0.0.1:{port}/postgres"),
        prepare=prepare,
        ports=(port,),
        stop_signal=signal.SIGINT,  # fast: clients are cut off, what is committed is on disk
        orphan_signal=signal.SIGINT,
        grace=20,
    )


async def _initialise(state: State, data: Path, password: str) -> None:
    """A new cluster, whole or not at all."""
    partial, secret = data.with_suffix(".partial"), data.with_name("password")
    shutil.rmtree(partial, ignore_errors=True)
    secret.touch(mode=0o600)
    secret.write_text(password)
    options = ["--username=postgres", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
    await run_to_end(
        [
            *unprivileged(data.parent),
            str(binaries.postgres(data) / "initdb"),
            f"--pgdata={partial}",
            f"--pwfile={secret}",
            *options,
        ],
        {},
        state.log("postgres"),
    )
    secret.unlink()
    partial.rename(data)


def _is_attached(data: Path) -> bool:
    """Whether a backend of a server that was killed still has its shared memory: until then no other server starts.

    Each is in a session of its own, and ends by itself a moment later. Sources: postmaster.pid, line 7; sysvipc(5).
    """
    pid_file = data / "postmaster.pid"
    if not pid_file.exists():  # it was stopped, or never ran
        return False
    memory = "".join(pid_file.read_text().splitlines()[6:7]).split()[-1:]
    segments = [line.split() for line in Path("/proc/sysvipc/shm").read_text().splitlines()]
    return any(segment[1:2] == memory and segment[6] != "0" for segment in segments)


def _is_run(data: Path) -> bool:
    """Whether the process that postmaster.pid names is a server of this cluster; if not, its number is another's now.

    PostgreSQL refuses to start as long as any process has that number. Source: postmaster.pid, line 1.
    """
    try:
        pid = int((data / "postmaster.pid").read_text().split()[0])
        program, *arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError, IndexError):
        return False
    return Path(os.fsdecode(program)).name == "postgres" and os.fsencode(data) in arguments


def unprivileged(folder: Path) -> list[str]:
    """PostgreSQL refuses root, and users without a name: for them, what makes it another one.

    In a user namespace the files stay ours.
    """
    if os.geteuid() != 0 and _has_name(os.geteuid()):
        return []
    namespace = ["unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}", "--"]
    if binaries.works(*namespace, "true"):
        return namespace
    other = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *MAY_ENTER, "--"]
    if not binaries.works(*other, "ls", str(folder)):
        raise StartFailed(f"PostgreSQL refuses to run as this user, and user {NOBODY} cannot enter {folder}")
    for path in (folder, *folder.rglob("*")):
        os.chown(path, NOBODY, NOBODY)
    return other


def _has_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True
