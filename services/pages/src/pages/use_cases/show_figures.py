"""A page's figures: how many saw it, registered, began to pay and paid, by day and by source."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from chassis.db import Session
from chassis.errors import Invalid

from pages import store
from pages.models import SalesPage


@dataclass
class Figures:
    """`revenue` by currency, less what was refunded or charged back."""

    views: int = 0
    bot_views: int = 0
    registrations: int = 0
    checkouts: int = 0
    sales: int = 0
    refunds: int = 0
    revenue: dict[str, int] = field(default_factory=dict)

    def add(self, **counted: int) -> None:
        for name, count in counted.items():
            setattr(self, name, getattr(self, name) + count)

    def earn(self, currency: str, amount: int) -> None:
        if amount:
            self.revenue[currency] = self.revenue.get(currency, 0) + amount

    @property
    def conversion(self) -> float | None:
        """Sales a view; None where nobody came."""
        return round(self.sales / self.views, 4) if self.views else None


@dataclass(frozen=True)
class PageFigures:
    total: Figures
    days: dict[date, Figures]
    """The days on which anything was counted, in order."""
    sources: dict[str | None, Figures]
    """By the `utm_source` people came by, the most seen first; None: none was said."""


@dataclass(frozen=True)
class Days:
    """From `first` to `last`, both included, in the page's time zone; open where None."""

    first: date | None = None
    last: date | None = None

    def check(self) -> None:
        """Raises Invalid."""
        if self.first is not None and self.last is not None and self.last < self.first:
            raise Invalid("#/to", "The last day is before the first.")

    def instants(self, zone: str) -> tuple[datetime | None, datetime | None]:
        """The half-open range of instants that the days cover."""
        after = self.last + timedelta(days=1) if self.last is not None else None
        return _midnight(self.first, zone), _midnight(after, zone)


def _midnight(day: date | None, zone: str) -> datetime | None:
    return None if day is None else datetime.combine(day, time.min, ZoneInfo(zone))


async def figures_of(session: Session, page: SalesPage, days: Days) -> PageFigures:
    """Raises Invalid. An order and a registration count on the day they were made, whatever became of them later."""
    days.check()
    found = PageFigures(Figures(), {}, {})
    span = days.instants(page.time_zone)
    for row in (await session.execute(store.views_by_day(page.id, days.first, days.last))).mappings():
        for figures in _counting(found, row):
            figures.add(views=row["views"], bot_views=row["bot_views"])
    for row in (await session.execute(store.registrations_by_day(page.id, page.time_zone, *span))).mappings():
        for figures in _counting(found, row):
            figures.add(registrations=row["registrations"])
    for row in (await session.execute(store.orders_by_day(page.id, page.time_zone, *span))).mappings():
        for figures in _counting(found, row):
            figures.add(checkouts=row["checkouts"], sales=row["sales"], refunds=row["refunds"])
            figures.earn(row["currency"], row["revenue"])
    return _in_order(found)


def _counting(found: PageFigures, row: Any) -> Iterable[Figures]:
    """All figures that a row of a day and a source is part of."""
    of_day = found.days.setdefault(row["day"], Figures())
    of_source = found.sources.setdefault(row["source"] or None, Figures())
    return found.total, of_day, of_source


def _in_order(found: PageFigures) -> PageFigures:
    sources = sorted(found.sources.items(), key=lambda item: (-item[1].views, -item[1].sales, item[0] or ""))
    return PageFigures(found.total, dict(sorted(found.days.items())), dict(sources))
