"""Views of pages, counted in this process and written in batches: no cookie, no address, nothing of who came.

A process that is killed loses the views of its last seconds, and no more; one that is told to stop writes them first.
"""

import asyncio
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime
from types import TracebackType
from typing import Any, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis import telemetry
from chassis.db import Database
from chassis.sources import OTHER, source_of
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError

from pages.models import PageViews, SalesPage, ViewTotal

log = telemetry.logger(__name__)
WRITTEN_EVERY_SECONDS = 2.0
MOST_ROWS = 1_000
"""Of a statement, whose parameters PostgreSQL's protocol counts in 16 bits: five a row."""
SUMS = ("views", "bot_views")
MOST_SOURCES = 50
"""Of a page's day, by one process: whoever makes up more of them is counted as one."""
_BOT = re.compile(
    r"bot|crawl|spider|slurp|preview|facebookexternalhit|whatsapp|embedly|monitor|scan|headless|lighthouse"
    r"|curl|wget|python|okhttp|java/|go-http|node|axios|postman",
    re.IGNORECASE,
)
Key = tuple[UUID, date, str]


def is_bot(user_agent: str | None) -> bool:
    """Whether a program asks that says what it is, or one that says nothing."""
    return not user_agent or _BOT.search(user_agent) is not None


class ViewCounts:
    """One a process. Counting is a sum in memory; who waits for nothing is the visitor."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._people: Counter[Key] = Counter()
        self._bots: Counter[Key] = Counter()
        self._sources: dict[tuple[UUID, date], set[str]] = {}
        self._writer: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._writer = asyncio.create_task(self._write_on())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._writer is not None:
            self._writer.cancel()
            with suppress(asyncio.CancelledError):
                await self._writer
        await self._try_to_write()

    def count(self, page: SalesPage, now: datetime, *, source: str | None, user_agent: str | None) -> str | None:
        """The source under which it was counted; None where none was said."""
        counted = self._bots if is_bot(user_agent) else self._people
        admitted = self.admitted(page, now, source)
        counted[page.id, _day(page, now), admitted or ""] += 1
        return admitted

    def admitted(self, page: SalesPage, now: datetime, source: str | None) -> str | None:
        """The source under which a view is counted."""
        return self._admitted(page.id, _day(page, now), source_of(source) or "") or None

    def _admitted(self, page_id: UUID, day: date, source: str) -> str:
        known = self._sources.setdefault((page_id, day), {"", OTHER})
        if source not in known and len(known) >= MOST_SOURCES:
            return OTHER
        known.add(source)
        return source

    async def write(self) -> None:
        """What was counted since the last time; kept for the next when the database does not take it."""
        people, bots = self._people, self._bots
        if not people and not bots:
            return
        self._people, self._bots = Counter(), Counter()
        try:
            async with self._db.transaction() as tx:
                for statement in (*_added(people, bots), *_summed(people, bots)):
                    await tx.session.execute(statement)
        except BaseException:
            self._people.update(people)
            self._bots.update(bots)
            raise
        self._forget_past_days()

    def _forget_past_days(self) -> None:
        newest = max((day for _, day in self._sources), default=date.min)
        self._sources = {key: known for key, known in self._sources.items() if (newest - key[1]).days <= 1}

    async def _write_on(self) -> None:
        while True:
            await asyncio.sleep(WRITTEN_EVERY_SECONDS)
            await self._try_to_write()

    async def _try_to_write(self) -> None:
        try:
            await self.write()
        except (OSError, SQLAlchemyError, TimeoutError) as error:
            log.warning("views are not written yet", error=type(error).__name__)


def _day(page: SalesPage, now: datetime) -> date:
    return now.astimezone(ZoneInfo(page.time_zone)).date()


def _added(people: Counter[Key], bots: Counter[Key]) -> Iterator[Any]:
    """Sorted, so that two processes take the rows in the same order."""
    rows = [
        {"page_id": key[0], "day": key[1], "source": key[2], "views": people[key], "bot_views": bots[key]}
        for key in sorted(people.keys() | bots.keys())
    ]
    counted = PageViews.__table__.c  # type: ignore[attr-defined]
    for some in _batches(rows):
        statement = insert(PageViews).values(some)
        sums = {name: counted[name] + statement.excluded[name] for name in SUMS}
        yield statement.on_conflict_do_update(index_elements=["page_id", "day", "source"], set_=sums)


def _summed(people: Counter[Key], bots: Counter[Key]) -> Iterator[Any]:
    """A page's sums rise, and have to be told; in one order again."""
    views, bot_views = _by_page(people), _by_page(bots)
    rows = [
        {"page_id": page, "views": views[page], "bot_views": bot_views[page], "version": 1, "told_version": 0}
        for page in sorted(views.keys() | bot_views.keys())
    ]
    known = ViewTotal.__table__.c  # type: ignore[attr-defined]
    for some in _batches(rows):
        statement = insert(ViewTotal).values(some)
        sums = {name: known[name] + statement.excluded[name] for name in SUMS}
        yield statement.on_conflict_do_update(index_elements=["page_id"], set_={**sums, "version": known.version + 1})


def _by_page(counted: Counter[Key]) -> Counter[UUID]:
    sums: Counter[UUID] = Counter()
    for (page_id, _, _), count in counted.items():
        sums[page_id] += count
    return sums


def _batches(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, len(rows), MOST_ROWS):
        yield rows[start : start + MOST_ROWS]
