"""The mail catcher: takes every mail, delivers none, shows them all."""

import sys
from collections.abc import Mapping

from local_stack import probes
from local_stack.places import State
from local_stack.processes import Part


def part(state: State, ports: Mapping[str, int]) -> Part:
    options = [
        "--http-port",
        str(ports["mail"]),
        "--smtp-port",
        str(ports["smtp"]),
        "--data",
        str(state.folder("mail")),
    ]
    return Part(
        name="mail",
        command=[sys.executable, "-m", "local_stack.mail_catcher", *options],
        ready=probes.all_of(
            probes.http(f"http://127.0.0.1:{ports['mail']}/api/messages?limit=1"), probes.smtp(ports["smtp"])
        ),
        ports=(ports["mail"], ports["smtp"]),
        grace=5,
    )
