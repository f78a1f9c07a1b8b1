"""Everything that a run stands on: the stack, a proxy before each of its parts, the fleet, and who watches it."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import httpx
from chassis.testing import PATIENCE
from local_stack import Stack, probes
from local_stack.ports import SERVICES

from .fleet import ROLES, Fleet, Member, service_of
from .market import Market
from .proxies import Proxy, Trouble
from .sandbox import Sandbox
from .witness import Witness

PROXIED: Mapping[str, str] = {
    "postgres": "postgres",
    "rabbitmq": "amqp",
    "valkey": "valkey",
    "stripe": "stripe",
    "s3": "s3",
    "smtp": "smtp",
}
"""What a proxy stands before, and the name of its port in the stack."""
FRESH = httpx.Limits(keepalive_expiry=1)
"""Connections younger than those that their server is about to close."""
LEFT_ALONE = frozenset({"STRIPE_CHECKOUT_ORIGIN", "S3_PUBLIC_ENDPOINT_URL", "PUBLIC_URL"})
"""What buyers' browsers are told."""


@dataclass
class World:
    stack: Stack
    proxies: dict[str, Proxy]
    fleet: Fleet
    databases: dict[str, asyncpg.Pool]
    """As their superuser, past the proxies."""
    witness: Witness
    sandbox: Sandbox
    market: Market
    mail: httpx.AsyncClient
    poisoned: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Ids of messages that no handler can handle, by the dead queue where they must end."""

    @property
    def edge(self) -> str:
        return str(self.stack.endpoints["edge"])

    async def calm(self) -> None:
        """No trouble left anywhere: what a round begins with."""
        for proxy in self.proxies.values():
            await proxy.become(Trouble())
        for member in self.fleet.members.values():
            member.disarm()
            member.stopped_slowly = False
        self.poisoned.clear()
        await self.sandbox.control("/webhooks/disturb")
        await self.sandbox.control("/faults", method="DELETE")


def environment(stack: Stack, proxies: Mapping[str, Proxy], service: str) -> dict[str, str]:
    """What `service` is told, with the proxies' addresses in the place of what stands behind them."""
    env = stack.environment(service)
    for name in env.keys() - LEFT_ALONE:
        for proxy in proxies.values():
            env[name] = env[name].replace(f"127.0.0.1:{proxy.target}", f"127.0.0.1:{proxy.port}")
    return env


def manned(stack: Stack, proxies: Mapping[str, Proxy]) -> Fleet:
    """The fleet, not started."""
    fleet = Fleet()
    for name, roles in ROLES.items():
        service = service_of(name)
        env = {**environment(stack, proxies, service), f"{service.upper()}_ROLES": roles, "LOG_LEVEL": "warning"}
        if "gateway" not in roles:  # it answers for its health alone, at any port
            env[f"{service.upper()}_HTTP_PORT"] = "0"
        origin = stack.endpoints[service]
        ready = probes.http(f"{origin}/health/ready") if "gateway" in roles else None
        folder = stack.state.path / "failpoints" / name
        fleet.members[name] = Member(name, env, folder, stack.state.log(name), ready)
    return fleet


@asynccontextmanager
async def world(state: Path) -> AsyncIterator[World]:
    """Up and calm; nothing is left running afterwards."""
    async with AsyncExitStack() as opened:
        stack = await opened.enter_async_context(Stack(state, services=()))
        ports = stack.addresses.ports
        proxies = {name: Proxy(name, ports[port]) for name, port in PROXIED.items()}
        for proxy in proxies.values():
            await opened.enter_async_context(proxy)
        fleet = manned(stack, proxies)
        opened.push_async_callback(fleet.end)
        witness = await opened.enter_async_context(Witness(stack.endpoints["amqp"]))
        databases = {name: await opened.enter_async_context(_pool(stack, name)) for name in SERVICES}
        stripe, mail = [
            await opened.enter_async_context(
                httpx.AsyncClient(base_url=stack.endpoints[name], timeout=60, limits=FRESH)
            )
            for name in ("stripe", "mail")
        ]
        await fleet.start()
        books = stack.state.path / "stripe" / "stripe-sandbox.sqlite3"
        market = await opened.enter_async_context(Market.opened(stack.endpoints["edge"]))
        yield World(stack, proxies, fleet, databases, witness, Sandbox(stripe, books), market, mail)


@asynccontextmanager
async def _pool(stack: Stack, service: str) -> AsyncIterator[asyncpg.Pool]:
    pool = await asyncpg.create_pool(stack.admin_database_url, database=service, min_size=1, max_size=4)
    try:
        yield pool
    finally:
        async with asyncio.timeout(PATIENCE):
            await pool.close()
