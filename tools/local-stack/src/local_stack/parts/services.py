"""The five services, and the steps that make their databases and queues."""

import sys
from hashlib import sha256

from local_stack import probes
from local_stack.addresses import Addresses
from local_stack.places import ROOT, State
from local_stack.processes import Part, Step, run_to_end

SOURCES = ("services/*/src/**/*.py", "services/*/migrations/**/*.py", "libs/*/src/**/*.py", "libs/*/src/**/*.sql")


def part(addresses: Addresses, service: str, needs: tuple[str, ...]) -> Part:
    return Part(
        name=service,
        command=[sys.executable, "-m", service],
        env=addresses.environment(service),
        ready=probes.http(f"{addresses.origin(service)}/health/ready"),
        needs=needs,
        ports=(addresses.ports[service],),
        grace=25,
    )


def preparation(state: State, addresses: Addresses) -> list[Step]:
    """Roles and databases, tables, queues; none when these are what the code asks for since an earlier start."""
    stamp, digest = state.path / "prepared", _digest(state)
    if stamp.exists() and stamp.read_text() == digest:
        return []

    async def remember() -> None:
        stamp.write_text(digest)

    return [
        _tempages(state, addresses, "provision", needs=("postgres",)),
        _tempages(state, addresses, "migrate", needs=("provision",)),
        _tempages(state, addresses, "topology", needs=("rabbitmq",)),
        Step("prepared", remember, needs=("migrate", "topology")),
    ]


def _digest(state: State) -> str:
    """Of all that decides what the databases and queues look like."""
    files = sorted(file for pattern in SOURCES for file in ROOT.glob(pattern))
    digest = sha256(state.secrets.read_bytes())
    for file in files:
        digest.update(f"{file}\0".encode() + file.read_bytes())
    return digest.hexdigest()


def _tempages(state: State, addresses: Addresses, command: str, needs: tuple[str, ...]) -> Step:
    async def run() -> None:
        await run_to_end([sys.executable, "-m", "tempages", command], addresses.administration(), state.log(command))

    return Step(command, run, needs)
