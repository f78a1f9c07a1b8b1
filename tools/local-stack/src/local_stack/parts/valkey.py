"""Valkey, which speaks Redis."""

from local_stack import binaries, probes
from local_stack.places import State
from local_stack.processes import Part


def part(state: State, port: int) -> Part:
    folder = state.folder("valkey")
    options = ["--bind", "127.0.0.1", "--port", str(port), "--dir", str(folder), "--appendonly", "yes"]
    return Part(
        name="valkey",
        command=[str(binaries.valkey()), *options, "--save", "", "--daemonize", "no"],
        ready=probes.valkey(port),
        ports=(port,),
        grace=5,
    )
