"""What a page shows follows from the clock alone, and its short id from chance alone."""

import string
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from chassis.clock import new_id
from hypothesis import given
from hypothesis import strategies as st
from pages.models import BASE62, MirroredProduct, SalesPage, new_short_id
from pages.views import Bearer, PublicPage, VisibleState

START = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
instants = st.integers(min_value=0, max_value=1000).map(lambda minutes: START + timedelta(minutes=minutes))


def product(
    expires_at: datetime | None, *, is_active: bool = True, updated_at: datetime | None = START
) -> MirroredProduct:
    return MirroredProduct(
        id=new_id(),
        version=1,
        creator_id=new_id(),
        name="Field Guide",
        description="",
        price_in_cents=1900,
        currency="EUR",
        is_active=is_active,
        expires_at=expires_at,
        updated_at=updated_at,
    )


def public_page(products: list[MirroredProduct], launch_at: datetime, expires_at: datetime) -> PublicPage:
    page = SalesPage(
        creator_id=new_id(),
        product_ids=[one.id for one in products],
        created_at=START,
        updated_at=START,
        launch_at=launch_at,
        expires_at=expires_at,
        time_zone="Europe/Berlin",
        customization={},
        registration_form=[],
        after_expiry={},
    )
    return PublicPage(page, products, "Ada", None)


@st.composite
def public_pages(draw: st.DrawFn) -> PublicPage:
    """A published page, with products that end when they like, capped or not."""
    launch_at, expires_at = sorted(draw(st.lists(instants, min_size=2, max_size=2, unique=True)))
    products = draw(st.lists(st.builds(product, st.none() | instants, is_active=st.booleans()), min_size=1, max_size=3))
    remaining = draw(st.none() | st.integers(min_value=0, max_value=2))
    return replace(public_page(products, launch_at, expires_at), remaining=remaining)


@given(public_pages(), instants)
def test_a_page_sells_between_its_instants_what_is_for_sale_and_left(page: PublicPage, now: datetime) -> None:
    sells = page.launch_at <= now < page.page.expires_at and bool(page.for_sale(now)) and page.remaining != 0
    assert (page.state(now) is VisibleState.LIVE) is sells


@given(public_pages(), instants)
def test_what_has_expired_stays_so(page: PublicPage, now: datetime) -> None:
    closed = now >= page.page.expires_at or not page.for_sale(now)
    assert (page.state(now) is VisibleState.EXPIRED) is closed
    if closed:
        assert page.state(now + timedelta(days=1)) is VisibleState.EXPIRED


@pytest.mark.parametrize(
    ("expires_at", "is_active", "updated_at", "closes_at"),
    [
        (None, True, 9, 24),
        (12, True, 9, 12),
        (12, False, 13, 12),  # its expiry was told a while after it
        (12, False, 9, 9),  # withdrawn before its expiry
        (None, False, 9, 9),
        (None, False, 30, 24),  # withdrawn when the page had expired
        (12, False, None, 0),  # heard of before its changes were kept: when the page last changed
    ],
)
def test_a_page_closes_with_what_it_sells(
    expires_at: int | None, is_active: bool, updated_at: int | None, closes_at: int
) -> None:
    """In hours; `updated_at` is the product's."""
    ends, changed = (None if at is None else START + at * HOUR for at in (expires_at, updated_at))
    sold = product(ends, is_active=is_active, updated_at=changed)
    page = public_page([sold], START, START + 24 * HOUR)
    assert page.closes_at == START + closes_at * HOUR
    ended_before = product(None, is_active=False)
    assert replace(page, products=[ended_before, sold]).closes_at == page.closes_at


@st.composite
def seen_pages(draw: st.DrawFn) -> PublicPage:
    """A page as anybody sees it, or as somebody who brought a pass."""
    opens_at, until = sorted((draw(instants), draw(instants)))
    bearer = Bearer("pass", opens_at, until, has_unit=draw(st.booleans()))
    return draw(public_pages()).seen_by(draw(st.none() | st.just(bearer)))


@given(seen_pages(), instants, instants)
def test_between_two_next_instants_nothing_changes(page: PublicPage, now: datetime, later: datetime) -> None:
    upcoming = page.next_instant(now)
    assert upcoming is None or upcoming > now
    if now <= later and (upcoming is None or later < upcoming):
        assert page.state(later) is page.state(now)
        assert page.for_sale(later) == page.for_sale(now)


@given(seen_pages(), instants)
def test_a_pass_opens_in_its_window_alone_and_never_what_is_closed(page: PublicPage, now: datetime) -> None:
    anybody = replace(page, bearer=None)
    if page.state(now) is not anybody.state(now):
        assert page.bearer is not None
        assert page.bearer.opens_at <= now < page.bearer.until
        assert anybody.state(now) in {VisibleState.PRE_LAUNCH, VisibleState.SOLD_OUT}
        assert page.state(now) is not VisibleState.EXPIRED


@given(public_pages())
def test_before_the_launch_and_sold_out_are_never_live(page: PublicPage) -> None:
    before = page.launch_at - timedelta(microseconds=1)
    assert page.state(before) in {VisibleState.PRE_LAUNCH, VisibleState.EXPIRED}
    if page.remaining == 0:
        assert page.state(page.launch_at) in {VisibleState.SOLD_OUT, VisibleState.EXPIRED}


@given(st.builds(new_short_id))
def test_a_short_id_is_twelve_characters_of_base62(short_id: str) -> None:
    assert len(short_id) == 12
    assert set(short_id) <= set(string.ascii_letters + string.digits)


def test_short_ids_use_the_whole_alphabet_and_do_not_repeat() -> None:
    made = [new_short_id() for _ in range(2000)]
    assert len(set(made)) == len(made)
    assert set("".join(made)) == set(BASE62)
    assert len(BASE62) == 62
