"""What is kept for how long. A run removes what is older, and says so in the security log."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import Column, ColumnElement, Table, delete, func, literal_column, select, text

from chassis import tables
from chassis.db import Database, Session, Tx

BATCH = 5_000
"""Rows a transaction removes: none holds its locks for long."""


@dataclass(frozen=True)
class Kept:
    """`rows` of `what`, which go from `goes_at` on."""

    what: str
    rows: int
    goes_at: datetime


@dataclass(frozen=True)
class Removed:
    what: str
    rows: int


class Rule(Protocol):
    """How long one thing is kept."""

    async def look(self, session: Session, now: datetime) -> Sequence[Kept]:
        """What is to go by `now`, and what will be next."""

    async def remove(self, tx: Tx) -> Sequence[Removed]:
        """Remove what is to go by now, or a part of it; nothing when nothing is left to go."""


@dataclass(frozen=True)
class OldRows:
    """Rows of `table` are kept for `keeps` after the instant in `column`."""

    table: Table
    column: Column[datetime]
    keeps: timedelta

    async def look(self, session: Session, now: datetime) -> Sequence[Kept]:
        due = func.count().filter(self.column < now - self.keeps)
        rows, oldest = (await session.execute(select(due, func.min(self.column)))).one()
        return [Kept(self.table.name, rows, oldest + self.keeps)] if oldest is not None else []

    async def remove(self, tx: Tx) -> Sequence[Removed]:
        row: ColumnElement[Any] = literal_column("ctid")
        old = select(row).select_from(self.table).where(self.column < tx.clock.now() - self.keeps).limit(BATCH)
        gone = await tx.session.execute(delete(self.table).where(row.in_(old)).returning(self.column))
        rows = len(gone.all())
        return [Removed(self.table.name, rows)] if rows else []


@dataclass(frozen=True)
class OldPartitions:
    """Whole partitions, by two functions of the tables' owner.

    They decide what goes, by the database's clock: who calls them can choose nothing.
    """

    looks: str
    removes: str

    async def look(self, session: Session, now: datetime) -> Sequence[Kept]:
        found = getattr(func, self.looks)().table_valued("what", "row_count", "goes_at")
        return [Kept(*row) for row in await session.execute(select(found))]

    async def remove(self, tx: Tx) -> Sequence[Removed]:
        gone = getattr(func, self.removes)().table_valued("what", "row_count")
        return [Removed(*row) for row in await tx.session.execute(select(gone))]


PRUNED = (
    OldRows(tables.outbox, tables.outbox.c.sent_at, timedelta(days=7)),
    OldRows(tables.inbox, tables.inbox.c.received_at, timedelta(days=30)),
    OldRows(tables.idempotency_keys, tables.idempotency_keys.c.created_at, timedelta(hours=24)),
)
"""What the chassis itself keeps: what was sent, handled, answered; never what is unsent."""
SECURITY_LOG = OldPartitions("look_at_security_log", "remove_old_security_log")
"""A month of it goes 180 days after its end."""


async def keep_partitions(db: Database) -> None:
    """Partitions of the security log are made ahead, by a function of the owner."""
    async with db.transaction() as tx:
        await tx.session.execute(text("SELECT make_security_log_partitions()"))


async def prune(db: Database) -> None:
    """Forget what is PRUNED, a batch a transaction: however much there is, it gets less."""
    for rule in PRUNED:
        while await _forget_some(db, rule):
            continue


async def _forget_some(db: Database, rule: Rule) -> bool:
    async with db.transaction() as tx:
        return bool(await rule.remove(tx))


async def look(db: Database, rules: Sequence[Rule]) -> list[Kept]:
    """What a run would remove now, and what goes next of each rule."""
    async with db.reading() as session:
        return [kept for rule in rules for kept in await rule.look(session, db.clock.now())]


async def enforce(db: Database, rules: Sequence[Rule]) -> list[Removed]:
    """Remove all that `rules` keep no longer, in transactions of their own."""
    done: list[Removed] = []
    for rule in rules:
        while removed := await _remove(db, rule):
            done.extend(removed)
    return done


async def _remove(db: Database, rule: Rule) -> Sequence[Removed]:
    async with db.transaction() as tx:
        removed = await rule.remove(tx)
        for each in removed:
            await tx.log_security("retention", what=each.what, rows=each.rows)
    return removed
