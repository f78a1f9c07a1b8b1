"""For creators: what came of a page, in figures."""

from datetime import date
from typing import Annotated, Any, Self
from uuid import UUID

from chassis.api import ResponseModel, WithDatabase
from chassis.path_ids import PageId
from chassis.problems import problems
from chassis.scopes import ReadsPages
from fastapi import APIRouter, Query
from pydantic import AfterValidator

from pages import store
from pages.http.wire import EARLIEST, LATEST
from pages.use_cases.show_figures import Days, Figures, figures_of

router = APIRouter(tags=["creators"])


def _of_our_time(day: date) -> date:
    if not EARLIEST <= day.year <= LATEST:
        raise ValueError(f"not in the years {EARLIEST} to {LATEST}")
    return day


Day = Annotated[date, AfterValidator(_of_our_time)]


class Revenue(ResponseModel):
    """What was paid less what was refunded or charged back, in the smallest unit of `currency`."""

    currency: str
    amount_in_cents: int


class FiguresView(ResponseModel):
    """`views` are people's, as far as programs say that they are some (`botViews`). `conversion` is sales a view."""

    views: int
    bot_views: int
    registrations: int
    checkouts: int
    sales: int
    refunds: int
    revenue: list[Revenue]
    conversion: float | None

    @classmethod
    def of(cls, figures: Figures, **more: Any) -> Self:
        revenue = [Revenue(currency=each, amount_in_cents=sum_) for each, sum_ in sorted(figures.revenue.items())]
        counted = {name: getattr(figures, name) for name in FiguresView.model_fields if name != "revenue"}
        return cls(**counted, revenue=revenue, **more)


class DayFigures(FiguresView):
    day: date


class SourceFigures(FiguresView):
    """Of those who came by an address with this `utm_source`; null: by one without."""

    source: str | None


class PageFiguresView(ResponseModel):
    """Days are those of the page's `timeZone`; an order and a registration count on the day they were made."""

    page_id: UUID
    time_zone: str
    total: FiguresView
    days: list[DayFigures]
    sources: list[SourceFigures]


@router.get(
    "/v1/pages/{pageId}/figures",
    operation_id="showPageFigures",
    summary="Views, registrations, checkouts, sales and revenue of a page, by day and source",
    responses=problems(401, 404, 422),
)
async def show_figures(
    page_id: PageId,
    who: ReadsPages,
    db: WithDatabase,
    first: Annotated[Day | None, Query(alias="from", description="The first day")] = None,
    last: Annotated[Day | None, Query(alias="to", description="The last day, included")] = None,
) -> PageFiguresView:
    async with db.reading(replica=True) as session:
        page = await store.own_page(session, who.creator_id, page_id)
        found = await figures_of(session, page, Days(first, last))
    return PageFiguresView(
        page_id=page.id,
        time_zone=page.time_zone,
        total=FiguresView.of(found.total),
        days=[DayFigures.of(figures, day=day) for day, figures in found.days.items()],
        sources=[SourceFigures.of(figures, source=source) for source, figures in found.sources.items()],
    )
