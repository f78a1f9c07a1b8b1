"""When a page's stock is told, and when it waits for the sweeper."""

from datetime import UTC, datetime, timedelta

import pytest
from chassis.clock import new_id
from checkout.models import PageStock

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("last_told", "sold", "is_told"),
    [
        (None, 1, True),
        (timedelta(milliseconds=-100), 1, False),
        (timedelta(milliseconds=-100), 5, True),
        (timedelta(milliseconds=-300), 1, True),
        (timedelta(minutes=10), 1, True),
    ],
    ids=["first", "moments ago", "moments ago, but it is sold out", "long enough ago", "by a clock that is ahead"],
)
def test_it_is_told_four_times_a_second_at_most(last_told: timedelta | None, sold: int, is_told: bool) -> None:
    told_at = None if last_told is None else NOW + last_told
    stock = PageStock(page_id=new_id(), quantity_limit=5, sold=sold, version=3, told_version=2, told_at=told_at)
    assert (stock.tell(NOW, []) is not None) is is_told
    assert stock.told_version == (3 if is_told else 2)
