"""One database a service: transactions that publish, claim and owe mail, all or nothing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, cast
from uuid import UUID
from weakref import WeakSet

import asyncpg
import sqlalchemy.event
import sqlalchemy.exc
import sqlalchemy.ext.asyncio
import sqlalchemy.orm
import sqlmodel
from contracts import Envelope, Event
from sqlalchemy import insert, text
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import QueuePool
from sqlmodel.ext.asyncio.session import AsyncSession

from chassis import tables, telemetry
from chassis.clock import Clock, SystemClock, new_id
from chassis.failpoints import failpoint

CONNECT_SECONDS = 5
STATEMENT_SECONDS = 20
"""No statement here takes long: a database that is silent for this long is not there."""
CLOSE_SECONDS = 3
QUIET_CHECK_SECONDS = 0.01
NESTING_AT_ONCE = 8
"""Transactions in which a second connection may be asked for: with those of all handlers, fewer than the pool has."""
DATABASE_ERRORS = (
    sqlalchemy.exc.DBAPIError,
    sqlalchemy.exc.TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    OSError,
    TimeoutError,
)
"""What a database that cannot be reached, goes away or does not answer raises."""
AWAY = ("08", "57P01", "57P02", "57P03", "53300")
"""How the SQLSTATEs begin of a server that stops, starts, or has no connection left. Source: PostgreSQL, Appendix A."""


def unreachable(error: BaseException) -> bool:
    """Whether `error` says that the database is away, or that its answer was not heard; not what it answered."""
    if isinstance(error, sqlalchemy.exc.DBAPIError):
        lost = error.connection_invalidated or isinstance(error, sqlalchemy.exc.InterfaceError)
        return lost or _says_away(error.orig)
    if isinstance(error, asyncpg.PostgresError):
        return _says_away(error)
    return isinstance(error, DATABASE_ERRORS)


def _says_away(error: BaseException | None) -> bool:
    return (getattr(error, "sqlstate", None) or "").startswith(AWAY)


class _SyncSession(sqlmodel.Session):
    execute = sqlalchemy.orm.Session.execute


class Session(AsyncSession):
    """`exec` for models, `execute` for Core and SQL: both are meant to be used."""

    sync_session_class = _SyncSession
    execute = sqlalchemy.ext.asyncio.AsyncSession.execute


class NotTheOwner(RuntimeError):
    """A service tried to tell an event that another service owns."""


class Tx:
    """One transaction. What it changes, tells (`publish`), claims and owes commits together, or not at all."""

    def __init__(self, session: Session, service: str, clock: Clock) -> None:
        self.session = session
        self.clock = clock
        self._service = service
        self._told: list[Event] = []
        self._owes_mail = False

    def publish(self, *events: Event) -> None:
        """Tell what happened, once this transaction has committed. Only the owner of an event may."""
        for event in events:
            if event.service() != self._service:
                raise NotTheOwner(f"{self._service} cannot tell {event.key}")
            self._told.append(event)

    async def claim(self, consumer: str, event_id: UUID) -> bool:
        """True for the first who handles `event_id` as `consumer`; False ever after."""
        row = {"consumer": consumer, "event_id": event_id, "received_at": self.clock.now()}
        done = await self.session.execute(
            pg_insert(tables.inbox).values(row).on_conflict_do_nothing().returning(tables.inbox.c.event_id)
        )
        return done.first() is not None

    async def owe_mail(self, kind: str, *about: UUID) -> None:
        """Send the mail `kind` about each of `about`, once, however often this is called."""
        now = self.clock.now()
        rows = [{"id": new_id(), "kind": kind, "about": each, "created_at": now, "due_at": now} for each in about]
        if rows:
            await self.session.execute(pg_insert(tables.mails).values(rows).on_conflict_do_nothing())
            self._owes_mail = True

    async def log_security(self, kind: str, subject: UUID | None = None, **detail: Any) -> None:
        """Append to the security log: ids and outcomes only."""
        row = {"id": new_id(), "at": self.clock.now(), "kind": kind, "subject": subject, "detail": detail}
        await self.session.execute(insert(tables.security_log).values(row))

    async def settle(self) -> None:
        """Write what was told to the outbox and wake the relay: the last thing before the commit."""
        await self.session.flush()
        if self._told:
            await self.session.execute(insert(tables.outbox), [self._row(event) for event in self._told])
            await self.session.execute(text("SELECT pg_notify('outbox', '')"))
        if self._owes_mail:
            await self.session.execute(text("SELECT pg_notify('mails', '')"))

    def _row(self, event: Event) -> dict[str, Any]:
        event_id, now = new_id(), self.clock.now()
        envelope = Envelope.around(event, id=event_id, time=now, traceparent=telemetry.traceparent())
        return {
            "event_id": event_id,
            "aggregate_type": event.aggregate(),
            "aggregate_id": event.id,
            "aggregate_version": event.version,
            "type": event.key,
            "payload": envelope.model_dump(mode="json", by_alias=True),
            "occurred_at": now,
        }


class Database:
    """A service's own database. Made once a process; `dispose` ends its connections."""

    def __init__(self, url: str, service: str, *, read_url: str | None = None, clock: Clock | None = None) -> None:
        self.service = service
        self.url = url
        self.clock = clock or SystemClock()
        self._primary = _engine(url, service)
        self._replica = _engine(read_url, service) if read_url else self._primary
        self._connections = WeakSet[asyncpg.Connection]()
        """All that were opened, so that `dispose` can cut off what is left of them."""
        for engine in {self._primary, self._replica}:
            sqlalchemy.event.listen(engine.sync_engine, "connect", self._opened)
        self.nesting = asyncio.Semaphore(NESTING_AT_ONCE)
        """Entered before a transaction in which another is opened, or else all may hold one and wait for a second."""

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Tx]:
        """Commit at the end, roll back on any error. No network call may be awaited inside."""
        async with Session(self._primary, expire_on_commit=False) as session:
            async with session.begin():
                tx = Tx(session, self.service, self.clock)
                yield tx
                await tx.settle()
                failpoint("transaction.before-commit")
            failpoint("transaction.after-commit")

    @asynccontextmanager
    async def reading(self, *, replica: bool = False) -> AsyncIterator[Session]:
        """A session that only reads; with `replica` it may not yet see what was just written."""
        engine = self._replica if replica else self._primary
        async with Session(engine, expire_on_commit=False) as session:
            yield session

    async def dispose(self) -> None:
        """End all connections. What is under way may finish within CLOSE_SECONDS, and is cut off then."""
        with suppress(*DATABASE_ERRORS):
            async with asyncio.timeout(CLOSE_SECONDS):
                for engine in (self._primary, self._replica):
                    while cast(QueuePool, engine.pool).checkedout():  # noqa: ASYNC110 - a pool tells nobody
                        await asyncio.sleep(QUIET_CHECK_SECONDS)
                    await engine.dispose()
        for connection in self._connections:
            connection.terminate()

    def _opened(self, connection: Any, _: Any) -> None:
        self._connections.add(connection.driver_connection)


def _engine(url: str, service: str) -> AsyncEngine:
    return create_async_engine(
        url.replace("postgresql://", "postgresql+asyncpg://", 1),
        hide_parameters=True,  # an error's text is logged, and parameters are people's addresses
        pool_size=10,
        max_overflow=10,
        pool_timeout=10,
        pool_pre_ping=True,
        connect_args={
            "timeout": CONNECT_SECONDS,
            "command_timeout": STATEMENT_SECONDS,
            "server_settings": {"application_name": service},
        },
    )
