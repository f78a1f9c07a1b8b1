"""A stack in a directory: the whole of it, or the infrastructure alone."""

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from local_stack import credentials, ports
from local_stack.addresses import Addresses
from local_stack.parts import edge, mail, postgres, rabbitmq, seaweedfs, services, stripe, valkey
from local_stack.places import State
from local_stack.processes import Part, Step, run_to_end
from local_stack.supervisor import Keeper, Progress, Supervisor, Tell


def unheard(_progress: Progress) -> None:
    """Nobody is told."""


class Stack:
    """`async with Stack(directory) as stack:` starts everything and ends with nothing left running.

    `services` names those that run (all five). `infrastructure_only`: neither services nor edge. A stack that is not
    `durable` is for tests: faster to its disk, and killed instead of stopped.
    """

    def __init__(
        self,
        state: Path,
        services: Sequence[str] | None = None,
        *,
        infrastructure_only: bool = False,
        durable: bool = False,
        demo: bool = False,
        overrides: Mapping[str, str] | None = None,
        tell: Tell = unheard,
    ) -> None:
        self.state = State(state)
        self._services = () if infrastructure_only else tuple(ports.SERVICES if services is None else services)
        self._infrastructure_only = infrastructure_only
        self._durable = durable
        self._demo = demo
        self._overrides = dict(overrides or {})
        self._tell = tell
        self._lock = ExitStack()
        self._addresses: Addresses | None = None
        self._supervisor: Supervisor | None = None

    async def __aenter__(self) -> Self:
        self._lock.enter_context(self.state.locked())
        try:
            await self.open()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.close()
        self._lock.close()

    async def open(self) -> None:
        """Start everything; whoever holds the directory's lock calls it. Raises StartFailed, Missing."""
        chosen = await asyncio.to_thread(ports.choose, self.state.ports)
        self._addresses = Addresses(chosen, credentials.keep(self.state.secrets), self._overrides)
        self._write_endpoints()
        infrastructure = self._infrastructure()
        parts, steps = self._application(infrastructure)
        self._supervisor = Supervisor([*infrastructure, *parts], steps, self.state.logs, self._tell)
        await self._supervisor.start()

    async def close(self) -> None:
        if self._supervisor:
            await (self._supervisor.stop() if self._durable else self._supervisor.kill())

    @property
    def addresses(self) -> Addresses:
        assert self._addresses is not None, "the stack has not been started"
        return self._addresses

    @property
    def endpoints(self) -> dict[str, Any]:
        """As in `endpoints.json`."""
        return {**self.addresses.endpoints(), **self._made_demo()}

    def _made_demo(self) -> dict[str, Any]:
        """The demo creator's sign-in and page, at the edge's present address whatever it was when they were made."""
        if not self.state.demo.exists():
            return {}
        demo = json.loads(self.state.demo.read_text())
        return {"demo": {**demo, "page": self.addresses.origin("edge") + urlsplit(demo["page"]).path}}

    @property
    def admin_database_url(self) -> str:
        """PostgreSQL's superuser: for tests that make databases."""
        return self.addresses.admin_database

    @property
    def smtp_url(self) -> str:
        return self.addresses.smtp

    def environment(self, *services: str) -> dict[str, str]:
        """The variables that `services` run with here; also for running one outside the stack."""
        return self.addresses.environment(*services)

    @property
    def parts(self) -> Mapping[str, Keeper]:
        assert self._supervisor is not None, "the stack has not been started"
        return self._supervisor.keepers

    async def start(self, name: str) -> None:
        """Start a part that was stopped or killed; returns when it is ready."""
        await self._part(name).start()

    async def stop(self, name: str) -> None:
        """Stop a part as it likes to be stopped."""
        await self._part(name).stop()

    async def restart(self, name: str) -> None:
        await self.stop(name)
        await self.start(name)

    async def kill(self, name: str) -> None:
        """SIGKILL a part; it stays down until `start`."""
        await self._part(name).kill()

    def _part(self, name: str) -> Keeper:
        if name not in self.parts:
            raise KeyError(f"no part {name!r}; there are {', '.join(self.parts)}")
        return self.parts[name]

    def _infrastructure(self) -> list[Part]:
        addresses, state = self.addresses, self.state
        origins = [addresses.origin("edge"), f"http://localhost:{addresses.ports['edge']}"]
        return [
            postgres.part(state, addresses.ports["postgres"], addresses.secrets["postgres"], durable=self._durable),
            rabbitmq.epmd(addresses.ports),
            rabbitmq.part(state, addresses.ports, addresses.secrets),
            valkey.part(state, addresses.ports["valkey"]),
            seaweedfs.part(state, addresses.ports, addresses.secrets, origins),
            mail.part(state, addresses.ports),
            *([] if addresses.real_stripe else [stripe.part(state, addresses)]),
        ]

    def _application(self, infrastructure: Sequence[Part]) -> tuple[list[Part], list[Step]]:
        """Edge and services, and the steps before and after them."""
        if self._infrastructure_only:
            return [], []
        steps = services.preparation(self.state, self.addresses)
        needs = (*(part.name for part in infrastructure), *(step.name for step in steps))
        running = [services.part(self.addresses, name, needs) for name in self._services]
        if self._demo and not self.addresses.real_stripe and not self.state.demo.exists():
            steps.append(Step("demo", self._seed_demo, needs=("edge", *self._services)))
        return [edge.part(self.state, self.addresses), *running], steps

    async def _seed_demo(self) -> None:
        """Once: a creator, a product and a page, made through the gateways by `local_stack.demo`."""
        beside = self.state.demo.with_suffix(".new")
        command = [sys.executable, "-m", "local_stack.demo", "--state", str(self.state.path), "--out", str(beside)]
        await run_to_end(command, {}, self.state.log("demo"))
        beside.replace(self.state.demo)
        self._write_endpoints()

    def _write_endpoints(self) -> None:
        file = self.state.endpoints
        file.touch(mode=0o600)
        file.write_text(json.dumps(self.endpoints, indent=2) + "\n")
