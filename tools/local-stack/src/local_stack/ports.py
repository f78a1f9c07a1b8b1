"""Free ports, chosen once: a stack keeps its addresses from start to start."""

import json
import os
import random
import socket
import time
from collections.abc import Mapping
from pathlib import Path

SERVICES = ("catalog", "pages", "checkout", "delivery", "leads")
NAMES = (
    "edge",
    *SERVICES,
    "postgres",
    "valkey",
    "amqp",
    "amqp_distribution",
    "amqp_tools",
    "epmd",
    "s3",
    "s3_grpc",
    "s3_master",
    "s3_master_grpc",
    "s3_volume",
    "s3_volume_grpc",
    "s3_filer",
    "s3_filer_grpc",
    "mail",
    "smtp",
    "stripe",
)
RANGE = range(20_000, 30_000)
"""Below the kernel's ephemeral ports, so that no outgoing connection ever sits on one of ours."""
SOCKETS = Path("/tmp")


def is_free(port: int) -> bool:
    """Whether nobody listens on `port`, on any address that 127.0.0.1 would collide with."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def sockets(port: int) -> list[Path]:
    """What SeaweedFS puts into /tmp for its gRPC `port`, wherever it is told to live; a killed one leaves it there."""
    return list(SOCKETS.glob(f"seaweedfs-*-{port}.sock"))


def _is_barred(port: int) -> bool:
    """Whether a socket of another user lies there, which SeaweedFS would neither remove nor do without."""
    return os.geteuid() != 0 and any(map(_is_anothers, sockets(port)))


def _is_anothers(socket: Path) -> bool:
    try:
        return socket.stat().st_uid != os.geteuid()
    except FileNotFoundError:
        return False


def choose(file: Path, *, patience: float = 5.0) -> dict[str, int]:
    """The ports kept in `file`; those that are new, or taken by another for `patience` seconds, are chosen anew."""
    kept = _read(file)
    _wait_until_free(kept, patience)
    ports = {name: port for name, port in kept.items() if is_free(port) and not _is_barred(port)}
    for name in NAMES:
        if name not in ports:
            ports[name] = _a_free_one(set(ports.values()))
    file.write_text(json.dumps({name: ports[name] for name in NAMES}, indent=2) + "\n")
    return ports


def _read(file: Path) -> dict[str, int]:
    try:
        kept: dict[str, int] = json.loads(file.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return {name: port for name, port in kept.items() if name in NAMES}


def _wait_until_free(ports: Mapping[str, int], patience: float) -> None:
    """Processes of a launcher that was killed a moment ago may still be letting go."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline and not all(map(is_free, ports.values())):
        time.sleep(0.1)


def _a_free_one(taken: set[int]) -> int:
    for port in random.sample(RANGE, len(RANGE)):
        if port not in taken and not _is_barred(port) and _hold(port):
            return port
    raise OSError(f"no free port between {RANGE.start} and {RANGE.stop}")


def _hold(port: int) -> bool:
    """Keep other stacks from choosing `port` as long as this process lives; False when it is not free.

    Whom it is for takes it all the same: a server asks for SO_REUSEADDR, who chooses does not.
    """
    holder = socket.socket()
    try:
        holder.bind(("127.0.0.1", port))
    except OSError:
        holder.close()
        return False
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holder.detach()
    return True
