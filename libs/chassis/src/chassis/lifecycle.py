"""A service, whole: what it is made of, and the roles a process of it plays."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import uvicorn
from contracts import Event
from contracts.api_keys import ApiKeyUse
from fastapi import APIRouter, FastAPI
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import text
from starlette.types import ASGIApp

from chassis import asyncapi, outbox, retention, telemetry
from chassis.auth import Keys
from chassis.clock import Clock, pause
from chassis.db import Database
from chassis.gateway import Check, create_app
from chassis.mail import Composer, Mailer
from chassis.passes import Passes
from chassis.process import end_in_any_case, play, stop_on_signals
from chassis.publisher import Publisher
from chassis.retention import SECURITY_LOG, Rule
from chassis.settings import ServiceSettings
from chassis.topology import Subscription
from chassis.watchdog import Consumers

log = telemetry.logger(__name__)
GATEWAY_GRACE_SECONDS = 10
CACHE_SECONDS = 2
"""A cache that is silent for this long is done without."""


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
    key_used: type[ApiKeyUse] | None = None
    """The event by which it tells that an API key was used."""

    def __post_init__(self) -> None:
        settings = self.settings
        self.db = Database(settings.database_url, self.name, read_url=settings.database_read_url, clock=self.clock)
        self.retention_db = self.db
        if settings.retention_database_url:
            self.retention_db = Database(settings.retention_database_url, self.name, clock=self.clock)
        self.redis: Redis = Redis.from_url(
            settings.redis_url, socket_timeout=CACHE_SECONDS, socket_connect_timeout=CACHE_SECONDS
        )
        self.keys = self.keys or Keys(settings.jwks_url)
        self.passes = Passes(self.pass_keys, self.db.clock) if self.pass_keys else None
        self.publisher = Publisher(settings.amqp_url, f"{self.name}-publisher")
        self.consumers = Consumers(settings.amqp_url, self.db, self.publisher, self.hears)
        self.stopping = asyncio.Event()

    def asyncapi(self) -> dict[str, Any]:
        return asyncapi.document(self.name, self.version, self.tells, self.hears)

    def app(self) -> FastAPI:
        """The gateway as an ASGI app; `running` must be entered around its use.

        A process of other roles answers for its health and its metrics alone.
        """
        roles = self.settings.role_set()
        checks: dict[str, Check] = {
            "database": self._database_answers,
            "broker": self._broker_answers,
            "cache": self._cache_answers,
        }
        if "consumer" in roles:
            checks["consumers"] = self._consumers_are_there
        routers = self.routers if "gateway" in roles else []
        app = create_app(self.name, self.version, routers, checks, self.asyncapi)
        shared = {"db": self.db, "redis": self.redis, "keys": self.keys, "settings": self.settings}
        more = {"passes": self.passes, "key_used": self.key_used, "stopping": self.stopping}
        for name, value in {**shared, **more, **self.state}.items():
            setattr(app.state, name, value)
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

    async def _consumers_are_there(self) -> bool:
        return self.consumers.complete

    async def _cache_answers(self) -> bool:
        try:
            return bool(await self.redis.ping())
        except (RedisError, OSError):
            return False


Part = Callable[[Service, asyncio.Event], Coroutine[Any, Any, None]]


def serve(service: Service) -> None:
    """Play the roles that the settings name until SIGTERM or SIGINT; then finish what is under way.

    Exits with 1 when a part failed, or had to be cut off. A second signal cuts off at once.
    """
    telemetry.configure_logs(service.name, service.settings.log_level)
    sys.exit(asyncio.run(_serve(service)))


async def _serve(service: Service) -> int:
    hurry = stop_on_signals(service.stopping)
    last_resort = asyncio.create_task(end_in_any_case(service.stopping))
    roles = sorted(service.settings.role_set())
    parts = [_http, *(part for role in roles for part in PARTS[role])]
    async with service.running(), service.publisher:
        log.info("started", roles=roles)
        begun = {part.__name__.strip("_"): part(service, service.stopping) for part in parts}
        well = await play(begun, service.stopping, hurry)
    await last_resort
    log.info("stopped")
    return 0 if well else 1


async def _http(service: Service, stopping: asyncio.Event) -> None:
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
    await service.consumers.run(stopping)


async def _mailer(service: Service, stopping: asyncio.Event) -> None:
    settings = service.settings
    await Mailer(service.db, settings.smtp_url, settings.mail_from, service.mails).run(stopping)


PRUNE = Job("prune", retention.prune, timedelta(hours=1))
PARTITIONS = Job("keep-security-log-partitions", retention.keep_partitions, timedelta(hours=6))


def _retention(service: Service) -> Job:
    async def enforce(_: Database) -> None:
        await retention.enforce(service.retention_db, service.retention)

    return Job("retention", enforce, timedelta(hours=6))


async def _sweeper(service: Service, stopping: asyncio.Event) -> None:
    async with asyncio.TaskGroup() as group:
        for job in (*service.jobs, PRUNE, PARTITIONS, _retention(service)):
            group.create_task(_run_job(service, job, stopping))


async def _run_job(service: Service, job: Job, stopping: asyncio.Event) -> None:
    """Run `job` when it is due; a failure is logged and tried again at its next time."""
    while not stopping.is_set():
        due = None
        try:
            due = await job.run(service.db)
        except Exception as error:
            log.error("job failed", job=job.name, exc_info=error)
        seconds = job.every.total_seconds()
        if due is not None:
            seconds = max(0.0, min(seconds, (due - service.db.clock.now()).total_seconds()))
        await pause(seconds, stopping)


PARTS: Mapping[str, Sequence[Part]] = {
    "gateway": (_keys,),
    "consumer": (_consumer,),
    "relay": (_relay, _mailer),
    "sweeper": (_sweeper,),
}
"""What each role does until the process is told to stop; all answer for their health and metrics besides."""
