"""SeaweedFS in the place of R2: a bucket that persists, checks signatures and answers a browser's CORS."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from itertools import chain
from typing import Any

from local_stack import binaries
from local_stack.places import State
from local_stack.ports import sockets
from local_stack.processes import Part

BUCKET = "tempages"


def part(state: State, ports: Mapping[str, int], secrets: Mapping[str, str], origins: Sequence[str]) -> Part:
    """Ready when the bucket answers pages from `origins`, and an object that was put is got."""
    folder = state.folder("s3")
    identities = folder / "identities.json"

    async def prepare() -> None:
        identities.write_text(json.dumps(_identities(secrets)))
        identities.chmod(0o600)

    async def ready() -> None:
        bucket = await asyncio.to_thread(import_module, "local_stack.bucket")  # half a second; others want to start
        store = bucket.Store(
            f"http://127.0.0.1:{ports['s3']}", secrets["s3_access_key_id"], secrets["s3_secret_access_key"]
        )
        await bucket.prepare(store, BUCKET, origins)

    used = {port for name, port in ports.items() if name.startswith("s3")}
    return Part(
        name="s3",
        command=[str(binaries.weed()), "-logtostderr=true", "server", *_options(ports, str(folder), str(identities))],
        env={"HOME": str(folder)},
        ready=ready,
        prepare=prepare,
        tidy=lambda: _remove_sockets(used),
        ports=tuple(used),
        grace=2,  # it would wait 15 s for a stream of its own; what was answered is on disk
    )


def _options(ports: Mapping[str, int], folder: str, identities: str) -> list[str]:
    options = {
        "ip": "127.0.0.1",
        "ip.bind": "127.0.0.1",
        "dir": folder,
        "master.port": ports["s3_master"],
        "master.port.grpc": ports["s3_master_grpc"],
        "master.electionTimeout": "400ms",
        "master.heartbeatInterval": "100ms",
        "master.volumeSizeLimitMB": 1024,
        "master.telemetry": "false",
        "volume.port": ports["s3_volume"],
        "volume.port.grpc": ports["s3_volume_grpc"],
        "volume.max": 100,
        "volume.preStopSeconds": 0,
        "filer": "true",
        "filer.port": ports["s3_filer"],
        "filer.port.grpc": ports["s3_filer_grpc"],
        "filer.localSocket": f"{folder}/filer.sock",
        "s3": "true",
        "s3.port": ports["s3"],
        "s3.port.grpc": ports["s3_grpc"],
        "s3.port.iceberg": 0,
        "s3.port.lance": 0,
        "s3.localSocket": f"{folder}/s3.sock",
        "s3.config": identities,
    }
    return [f"-{name}={value}" for name, value in options.items()]


def _remove_sockets(ports: set[int]) -> None:
    for socket in chain.from_iterable(map(sockets, ports)):
        with suppress(PermissionError):  # another user's, of a stack that was killed
            socket.unlink(missing_ok=True)


def _identities(secrets: Mapping[str, str]) -> dict[str, Any]:
    key = {"accessKey": secrets["s3_access_key_id"], "secretKey": secrets["s3_secret_access_key"]}
    actions = ["Admin", "Read", "Write", "List", "Tagging"]
    return {"identities": [{"name": BUCKET, "credentials": [key], "actions": actions}]}
