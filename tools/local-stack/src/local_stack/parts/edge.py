"""Caddy with the Caddyfile of deploy/: one origin before the five services."""

from local_stack import binaries, probes
from local_stack.addresses import Addresses
from local_stack.places import ROOT, State
from local_stack.ports import SERVICES
from local_stack.processes import Part

CADDYFILE = ROOT / "deploy" / "edge" / "Caddyfile"


def part(state: State, addresses: Addresses) -> Part:
    folder = state.folder("edge")
    upstreams = {f"{service.upper()}_UPSTREAM": f"127.0.0.1:{addresses.ports[service]}" for service in SERVICES}
    port = addresses.ports["edge"]
    return Part(
        name="edge",
        command=[str(binaries.caddy()), "run", "--adapter", "caddyfile", "--config", str(CADDYFILE)],
        env={
            **upstreams,
            "EDGE_ADDRESS": f"http://:{port}",
            "EDGE_BIND": "127.0.0.1",
            "HOME": str(folder),
            "XDG_CONFIG_HOME": str(folder),
            "XDG_DATA_HOME": str(folder),
        },
        ready=probes.http(f"{addresses.origin('edge')}/health"),
        ports=(port,),
        grace=10,
    )
