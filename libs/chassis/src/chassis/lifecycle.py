"""A service, whole: what it is made of, and the roles a process of it plays."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import uvicorn
from aio_pika.exceptions import AMQPError
from contracts import Event
from fastapi import APIRouter, FastAPI
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import text
from starlette.types import ASGIApp

from chassis import asyncapi, outbox, retention, telemetry, topology
from chassis.auth import Keys
from chassis.clock import Clock
from chassis.consumer import consuming
from chassis.db import Database
from chassis.gateway import Check, create_app
from chassis.mail import Composer, Mailer
from chassis.passes import Passes
from chassis.publisher import Publisher
from chassis.retention import SECURITY_LOG, Rule
from chassis.settings import ServiceSettings
from chassis.topology import Subscription

log = telemetry.logger(__name__)
GATEWAY_GRACE_SECONDS = 10


@dataclass(frozen=True)
class Job:
    """What the clock starts. `run` may answer the instant at which it is next due, sooner than `every`.

    Any number of sweepers may run it at once: it takes its rows with FOR UPDATE SKIP LOCKED.
    """

    name: str
    run: Callable[[Database], Awaitable[datetime | None]]
    every: timedelta


@dataclass
class Service:
    """What `main.build` puts together: the only place that knows all of a service."""

    name: str
    version: str
    settings: ServiceSettings
    routers: list[APIRouter]
    tells: Sequence[type[Event]] = ()
    hears: Sequence[Subscription] = ()
    jobs: Sequence[Job] = ()
    mails: Mapping[str, Composer] = field(default_factory=dict)
    resources: Sequence[AbstractAsyncContextManager[Any]] = ()
    """Adapters that are opened with the process and closed with it."""
    state: Mapping[str, Any] = field(default_factory=dict)
    """What the routes find on `request.app.state`."""
    mounts: Mapping[str, ASGIApp] = field(default_factory=dict)
    """ASGI apps beside the routes, by path: the storefront's files at `/assets`."""
    retention: Sequence[Rule] = (SECURITY_LOG,)
    """What is kept for how long; the sweeper removes the rest."""
    clock: Clock | None = None
    keys: Keys | None = None
    pass_keys: Keys | None = None
    """Leads's public keys, for a service that lets the bearers of passes in."""

    def __post_init__(self) -> None:
        settings = self.settings
        self.db = Database(settings.database_url, self.name, read_url=settings.database_read_url, clock=self.clock)
        self.retention_db = self.db
        if settings.retention_database_url:
            self.retention_db = Database(settings.retention_database_url, self.name, clock=self.clock)
        self.redis: Redis = Redis.from_url(settings.redis_url, socket_timeout=2, socket_connect_timeout=2)
        self.keys = self.keys or Keys(settings.jwks_url)
        self.passes = Passes(self.pass_keys, self.db.clock) if self.pass_keys else None
        self.publisher = Publisher(settings.amqp_url, f"{self.name}-publisher")
        self.stopping = asyncio.Event()

    def asyncapi(self) -> dict[str, Any]:
        return asyncapi.document(self.name, self.version, self.tells, self.hears)

    def app(self) -> FastAPI:
        """The gateway as an ASGI app; `running` must be entered around its use."""
        checks: dict[str, Check] = {
            "database": self._database_answers,
            "broker": self._broker_answers,
            "cache": self._cache_answers,
        }
        app = create_app(self.name, self.version, self.routers, checks, self.asyncapi)
        shared = {"db": self.db, "redis": self.redis, "keys": self.keys, "settings": self.settings}
        for name, value in {**shared, "passes": self.passes, **self.state}.items():
            setattr(app.state, name, value)
        app.state.stopping = self.stopping
        for path, mounted in self.mounts.items():
            app.mount(path, mounted)
        return app

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Everything that all roles share is open while inside."""
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self.db.dispose)
            stack.push_async_callback(self.retention_db.dispose)
            stack.push_async_callback(self.redis.aclose)
            for resource in self.resources:
                await stack.enter_async_context(resource)
            yield

    async def _database_answers(self) -> bool:
        try:
            async with asyncio.timeout(2), self.db.reading() as session:
                await session.execute(text("SELECT 1"))
        except Exception:  # noqa: BLE001 - a driver raises many things; each means not ready
            return False
        return True

    async def _broker_answers(self) -> bool:
        return self.publisher.connected

    async def _cache_answers(self) -> bool:
        try:
            return bool(await self.redis.ping())
        except (RedisError, OSError):
            return False


def serve(service: Service) -> None:
    """Play the roles that the settings name until SIGTERM or SIGINT; then finish what is under way."""
    telemetry.configure_logs(service.name, service.settings.log_level)
    asyncio.run(_serve(service))


async def _serve(service: Service) -> None:
    stopping = service.stopping
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    roles = service.settings.role_set()
    await _declare_when_reachable(service, stopping)
    async with service.running(), service.publisher:
        log.info("started", roles=sorted(roles))
        await _play(service, roles, stopping)
    log.info("stopped")


async def _play(service: Service, roles: frozenset[str], stopping: asyncio.Event) -> None:
    async with asyncio.TaskGroup() as group:
        for role in roles:
            for part in PARTS[role]:
                group.create_task(_ending_all(part(service, stopping), stopping))


async def _ending_all(part: Awaitable[None], stopping: asyncio.Event) -> None:
    """A part that ends, or fails, stops the whole process: whoever started it starts it anew."""
    try:
        await part
    finally:
        stopping.set()


async def _declare_when_reachable(service: Service, stopping: asyncio.Event) -> None:
    while not stopping.is_set():
        try:
            await topology.declare(service.settings.amqp_url, service.hears)
        except (OSError, RuntimeError, AMQPError) as error:
            log.warning("broker not reachable; trying again", error=str(error))
            await _sleep(1, stopping)
        else:
            return


async def _sleep(seconds: float, stopping: asyncio.Event) -> None:
    """Return after `seconds`, or at once when the process is told to stop."""
    try:
        async with asyncio.timeout(seconds):
            await stopping.wait()
    except TimeoutError:
        return


async def _gateway(service: Service, stopping: asyncio.Event) -> None:
    settings = service.settings
    config = uvicorn.Config(
        service.app(),
        host=settings.http_host,
        port=settings.http_port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_graceful_shutdown=GATEWAY_GRACE_SECONDS,
        lifespan="off",
    )
    server = uvicorn.Server(config)
    task = asyncio.ensure_future(server._serve())  # noqa: SLF001 - serve() would take the signals for itself
    await asyncio.wait([task, asyncio.ensure_future(stopping.wait())], return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    await task


async def _keys(service: Service, stopping: asyncio.Event) -> None:
    fetched = [keys for keys in (service.keys, service.pass_keys) if keys is not None]
    await asyncio.gather(*(keys.run(stopping) for keys in fetched))


async def _relay(service: Service, stopping: asyncio.Event) -> None:
    await outbox.Relay(service.db, service.publisher).run(stopping)


async def _consumer(service: Service, stopping: asyncio.Event) -> None:
    async with consuming(service.settings.amqp_url, service.db, service.publisher, service.hears):
        await stopping.wait()


async def _mailer(service: Service, stopping: asyncio.Event) -> None:
    settings = service.settings
    await Mailer(service.db, settings.smtp_url, settings.mail_from, service.mails).run(stopping)


async def _prune(db: Database) -> None:
    await outbox.prune(db)


PRUNE = Job("prune", _prune, timedelta(hours=1))


def _retention(service: Service) -> Job:
    async def enforce(_: Database) -> None:
        await retention.enforce(service.retention_db, service.retention)

    return Job("retention", enforce, timedelta(hours=6))


async def _sweeper(service: Service, stopping: asyncio.Event) -> None:
    async with asyncio.TaskGroup() as group:
        for job in (*service.jobs, PRUNE, _retention(service)):
            group.create_task(_run_job(service, job, stopping))


async def _run_job(service: Service, job: Job, stopping: asyncio.Event) -> None:
    """Run `job` when it is due; a failure is logged and tried again at its next time."""
    while not stopping.is_set():
        due = None
        try:
            due = await job.run(service.db)
        except Exception as error:
            log.error("job failed", job=job.name, exc_info=error)
        pause = job.every.total_seconds()
        if due is not None:
            pause = max(0.0, min(pause, (due - service.db.clock.now()).total_seconds()))
        await _sleep(pause, stopping)


PARTS: Mapping[str, Sequence[Callable[[Service, asyncio.Event], Awaitable[None]]]] = {
    "gateway": (_gateway, _keys),
    "consumer": (_consumer,),
    "relay": (_relay, _mailer),
    "sweeper": (_sweeper,),
}
"""What each role does until the process is told to stop."""
