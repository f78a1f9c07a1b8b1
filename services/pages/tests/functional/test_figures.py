"""A page's figures: views counted without a trace of who came, the rest as checkout and leads tell it."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
import pytest
from chassis.clock import new_id
from chassis.db import Database
from chassis.lifecycle import Service
from chassis.testing import TEST_KEYS, SettableClock, deliver, told, until
from contracts.checkout import OrderDisputed, OrderPaid, OrderPlaced, OrderRefunded, OrderState, OrderStatus
from contracts.leads import RegistrationConfirmed, RegistrationDeleted, RegistrationState
from contracts.pages import ViewsCounted
from pages import view_counts
from pages.jobs import tell_more_views
from pages.main import build
from pages.models import SalesPage
from pages.settings import PagesSettings
from pages.view_counts import ViewCounts, is_bot
from sqlalchemy import text

from .conftest import DAY, HOUR, Seller, Visitor

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


@pytest.fixture
def counts(service: Service) -> ViewCounts:
    ours: ViewCounts = service.state["view_counts"]
    return ours


async def visit(visitor: Visitor, page: dict[str, Any], source: str | None = None, agent: str = FIREFOX) -> None:
    params = {} if source is None else {"utm_source": source}
    answer = await visitor.client.get(f"/p/{page['shortId']}", params=params, headers={"User-Agent": agent})
    assert answer.status_code in {200, 410}


async def figures(seller: Seller, page: dict[str, Any], **days: str) -> dict[str, Any]:
    query = "&".join(f"{name.strip('_')}={day}" for name, day in days.items())
    answer = await seller.send("GET", f"/{page['id']}/figures?{query}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def order(page: dict[str, Any], kind: type[OrderState], version: int, status: OrderStatus, **facts: Any) -> OrderState:
    state: dict[str, Any] = {
        "id": new_id(),
        "version": version,
        "sales_page_id": page["id"],
        "product_id": new_id(),
        "creator_id": new_id(),
        "customer_id": new_id(),
        "price_in_cents": 1900,
        "amount_paid": 0 if status is OrderStatus.PROCESSING else 1900,
        "amount_refunded": 0,
        "currency": "EUR",
        "status": status,
        "created_at": datetime.now(UTC),
        "token_hash": "0" * 64,
        "link_generation": 1,
        "access_revoked": True,
    }
    return kind(**{**state, **facts})


def registration(
    page: dict[str, Any], kind: type[RegistrationState], version: int, now: datetime, id_: UUID | None = None
) -> RegistrationState:
    return kind(id=id_ or new_id(), version=version, sales_page_id=page["id"], registered_at=now, confirmed_at=now)


async def test_how_often_a_page_was_shown_is_told_when_it_has_changed(
    seller: Seller, visitor: Visitor, counts: ViewCounts, service: Service
) -> None:
    page = await seller.publishes()
    for agent in (FIREFOX, FIREFOX, GOOGLEBOT):
        await visit(visitor, page, "newsletter", agent)
    await counts.write()
    for _ in range(2):
        await tell_more_views(service.db)
    await visit(visitor, page)
    await counts.write()
    await tell_more_views(service.db)
    events = [(str(each.id), each.version, each.views, each.bot_views) for each in await told(service.db, ViewsCounted)]
    assert events == [(page["id"], 1, 2, 1), (page["id"], 2, 3, 1)]


async def test_views_are_counted_by_source_and_bots_apart(
    seller: Seller, visitor: Visitor, counts: ViewCounts, clock: SettableClock
) -> None:
    page, other = await seller.publishes(), await seller.publishes()
    for source in (None, None, "Newsletter", "newsletter"):
        await visit(visitor, page, source)
    await visit(visitor, page, "newsletter", GOOGLEBOT)
    await visit(visitor, other)
    await counts.write()
    found = await figures(seller, page)
    assert (found["total"]["views"], found["total"]["botViews"]) == (4, 1)
    seen = [(row["source"], row["views"], row["botViews"]) for row in found["sources"]]
    assert seen == [(None, 2, 0), ("newsletter", 2, 1)]
    assert [(day["day"], day["views"]) for day in found["days"]] == [(local_day(clock), 4)]


async def test_what_a_script_fetches_is_no_view(seller: Seller, visitor: Visitor, counts: ViewCounts) -> None:
    page = await seller.announces()
    address, fetch = f"/p/{page['shortId']}", {"User-Agent": FIREFOX, "Sec-Fetch-Dest": "empty"}
    await visitor.client.get(address, headers={**fetch, "Sec-Fetch-Dest": "document"})
    shown = await visitor.client.get(address, params={"utm_source": "newsletter"}, headers=fetch)
    assert 'name="source" value="newsletter"' in shown.text
    await counts.write()
    assert (await figures(seller, page))["total"]["views"] == 1


def local_day(clock: SettableClock) -> str:
    return clock.now().astimezone(ZoneInfo("Europe/Berlin")).date().isoformat()


async def test_views_are_added_to_what_other_processes_counted(
    seller: Seller, visitor: Visitor, counts: ViewCounts, settings: PagesSettings, clock: SettableClock
) -> None:
    page = await seller.publishes()
    await visit(visitor, page)
    await counts.write()
    elsewhere = build(settings, clock=clock, keys=TEST_KEYS)
    transport = httpx.ASGITransport(elsewhere.app())
    async with elsewhere.running(), httpx.AsyncClient(transport=transport, base_url="http://other") as client:
        await visit(Visitor(client), page)
    # It was told to stop, and wrote what it had counted.
    assert (await figures(seller, page))["total"]["views"] == 2


async def test_counting_asks_no_database_and_what_it_does_not_take_is_kept(
    seller: Seller, visitor: Visitor, counts: ViewCounts, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = await seller.publishes()
    await visit(visitor, page)

    def down() -> Any:
        raise OSError("down")

    with monkeypatch.context() as broken:
        broken.setattr(db, "transaction", down)
        await visit(visitor, page)
        with pytest.raises(OSError, match="down"):
            await counts.write()
    await counts.write()
    assert (await figures(seller, page))["total"]["views"] == 2


async def test_views_of_more_pages_than_a_statement_takes_are_written(counts: ViewCounts, db: Database) -> None:
    pages, facts, now = 7_000, dict[str, Any](time_zone="UTC"), db.clock.now()
    for _ in range(pages):
        counts.count(SalesPage(**facts), now, source=None, user_agent=FIREFOX)
    await counts.write()
    for table in ("page_views", "view_totals"):
        async with db.reading() as session:
            assert await session.scalar(text(f"SELECT sum(views) FROM {table}")) == pages


async def test_views_are_written_by_themselves(seller: Seller, db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view_counts, "WRITTEN_EVERY_SECONDS", 0.01)
    page = await seller.publishes()
    async with ViewCounts(db) as counts:
        async with db.reading() as session:
            public = await session.get_one(SalesPage, UUID(page["id"]))
        counts.count(public, db.clock.now(), source=None, user_agent=FIREFOX)

        async def written() -> bool:
            return bool((await figures(seller, page))["total"]["views"] == 1)

        await until(written)


async def test_nothing_of_who_came_is_kept(seller: Seller, visitor: Visitor, counts: ViewCounts, db: Database) -> None:
    page = await seller.publishes()
    await visit(visitor, page, "ada@example.com")
    assert not visitor.client.cookies
    await counts.write()
    async with db.reading() as session:
        rows = (await session.execute(text("SELECT * FROM page_views"))).mappings().all()
    assert [set(row) for row in rows] == [{"page_id", "day", "source", "views", "bot_views"}]
    assert rows[0]["source"] == "other"


async def test_who_makes_up_sources_is_counted_as_one(
    seller: Seller, visitor: Visitor, counts: ViewCounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view_counts, "MOST_SOURCES", 4)
    page = await seller.publishes()
    for number in range(6):
        await visit(visitor, page, f"made-up-{number}")
    await counts.write()
    found = {row["source"]: row["views"] for row in (await figures(seller, page))["sources"]}
    assert found == {"made-up-0": 1, "made-up-1": 1, "other": 4}


async def test_an_expired_page_is_seen_by_nobody(
    seller: Seller, visitor: Visitor, counts: ViewCounts, clock: SettableClock
) -> None:
    page = await seller.publishes()
    clock.advance(DAY + HOUR)
    await visit(visitor, page)
    await counts.write()
    assert (await figures(seller, page))["total"]["views"] == 0


async def test_orders_count_by_what_became_of_them(seller: Seller, service: Service, clock: SettableClock) -> None:
    page = await seller.publishes()
    now = clock.now()
    status = OrderStatus
    for event in (
        order(page, OrderPlaced, 1, status.PROCESSING, created_at=now),
        order(page, OrderPaid, 2, status.COMPLETED, created_at=now),
        order(page, OrderPaid, 2, status.COMPLETED, created_at=now, amount_paid=500, currency="USD"),
        order(page, OrderRefunded, 3, status.PARTIALLY_REFUNDED, created_at=now, amount_refunded=400),
        order(page, OrderRefunded, 3, status.REFUNDED, created_at=now, amount_refunded=1900),
        order(page, OrderDisputed, 3, status.CHARGED_BACK, created_at=now),
        order({"id": str(new_id())}, OrderPaid, 2, status.COMPLETED, created_at=now),
    ):
        await deliver(service, event)
    total = (await figures(seller, page))["total"]
    assert (total["checkouts"], total["sales"], total["refunds"]) == (6, 3, 2)
    assert total["revenue"] == [
        {"currency": "EUR", "amountInCents": 1900 + 1500},
        {"currency": "USD", "amountInCents": 500},
    ]


async def test_an_order_counts_once_however_often_and_in_whatever_order_it_is_told(
    seller: Seller, service: Service, clock: SettableClock
) -> None:
    page = await seller.publishes()
    id_, now = new_id(), clock.now()
    placed = order(page, OrderPlaced, 1, OrderStatus.PROCESSING, id=id_, created_at=now)
    paid = order(page, OrderPaid, 2, OrderStatus.COMPLETED, id=id_, created_at=now)
    told_as = new_id()
    for _ in range(2):
        await deliver(service, paid, event_id=told_as)
    await deliver(service, paid)
    await deliver(service, placed)
    total = (await figures(seller, page))["total"]
    assert (total["checkouts"], total["sales"]) == (1, 1)
    assert total["revenue"] == [{"currency": "EUR", "amountInCents": 1900}]


async def test_registrations_count_while_they_stand(seller: Seller, service: Service, clock: SettableClock) -> None:
    page = await seller.publishes()
    gone, now = new_id(), clock.now()
    await deliver(service, registration(page, RegistrationConfirmed, 1, now))
    await deliver(service, registration(page, RegistrationDeleted, 2, now, gone))
    await deliver(service, registration(page, RegistrationConfirmed, 1, now, gone))
    assert (await figures(seller, page))["total"]["registrations"] == 1


async def test_conversion_is_sales_a_view(
    seller: Seller, visitor: Visitor, service: Service, counts: ViewCounts, clock: SettableClock
) -> None:
    page = await seller.publishes()
    assert (await figures(seller, page))["total"]["conversion"] is None
    for _ in range(3):
        await visit(visitor, page)
    await counts.write()
    await deliver(service, order(page, OrderPaid, 2, OrderStatus.COMPLETED, created_at=clock.now()))
    found = await figures(seller, page)
    assert found["total"]["conversion"] == found["days"][0]["conversion"] == 0.3333


async def test_sales_and_registrations_count_for_what_brought_people(
    seller: Seller, visitor: Visitor, service: Service, counts: ViewCounts, clock: SettableClock
) -> None:
    page, now = await seller.publishes(), clock.now()
    for source in ("x.com", "x.com", None):
        await visit(visitor, page, source)
    await counts.write()
    done = OrderStatus.COMPLETED
    for event in (
        order(page, OrderPaid, 2, done, created_at=now, source="x.com"),
        order(page, OrderPlaced, 1, OrderStatus.PROCESSING, created_at=now, source="x.com"),
        order(page, OrderPaid, 2, done, created_at=now, source="letter"),
        order(page, OrderPaid, 2, done, created_at=now),
        registration(page, RegistrationConfirmed, 2, now).model_copy(update={"source": "letter"}),
    ):
        await deliver(service, event)
    found = await figures(seller, page)
    names = ("views", "registrations", "checkouts", "sales", "conversion")
    seen = {row["source"]: tuple(row[name] for name in names) for row in found["sources"]}
    assert seen == {"x.com": (2, 0, 2, 1, 0.5), None: (1, 0, 1, 1, 1.0), "letter": (0, 1, 1, 1, None)}
    assert [row["revenue"] for row in found["sources"]] == [[{"currency": "EUR", "amountInCents": 1900}]] * 3
    assert (found["total"]["sales"], found["days"][0]["sales"]) == (3, 3)


@pytest.mark.parametrize(("given", "handed_on"), [("X.com", "x.com"), ("ada@example.com", "other"), (None, None)])
async def test_the_page_hands_its_source_on_to_who_buys_and_who_registers(
    seller: Seller, visitor: Visitor, clock: SettableClock, given: str | None, handed_on: str | None
) -> None:
    live = await seller.publishes()
    ahead = await seller.publishes(launchAt=(clock.now() + HOUR).isoformat())
    for page in (live, ahead):
        params = {} if given is None else {"utm_source": given}
        shown = (await visitor.client.get(f"/p/{page['shortId']}", params=params)).text
        assert (f'name="source" value="{handed_on}"' in shown) is (handed_on is not None)
        assert ('name="source"' in shown) is (handed_on is not None)
        assert "ada@" not in shown


async def test_days_are_those_of_the_pages_zone_and_can_be_chosen(seller: Seller, service: Service) -> None:
    page = await seller.publishes(timeZone="America/Los_Angeles")
    for hour in (6, 8):  # UTC: the 9th of March until 08:00
        created = datetime(2026, 3, 10, hour, 30, tzinfo=UTC)
        await deliver(service, order(page, OrderPlaced, 1, OrderStatus.PROCESSING, created_at=created))
    days = {day["day"]: day["checkouts"] for day in (await figures(seller, page))["days"]}
    assert days == {"2026-03-09": 1, "2026-03-10": 1}
    assert (await figures(seller, page, from_="2026-03-10"))["total"]["checkouts"] == 1
    assert (await figures(seller, page, to="2026-03-09"))["total"]["checkouts"] == 1
    assert (await figures(seller, page, from_="2026-03-09", to="2026-03-10"))["total"]["checkouts"] == 2
    assert (await figures(seller, page, from_="2026-03-11"))["days"] == []


async def test_anothers_page_has_no_figures(seller: Seller) -> None:
    page = await seller.publishes()
    answer = await seller.stranger().send("GET", f"/{page['id']}/figures")
    assert answer.status_code == 404
    assert answer.json()["type"] == "not-found"


@pytest.mark.parametrize(("name", "value"), [("from", "yesterday"), ("to", "10000-01-01"), ("to", "9999-12-31")])
async def test_what_is_no_day_is_named(seller: Seller, name: str, value: str) -> None:
    page = await seller.publishes()
    answer = await seller.send("GET", f"/{page['id']}/figures?{name}={value}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == name


async def test_days_in_the_wrong_order_are_named(seller: Seller) -> None:
    page = await seller.publishes()
    answer = await seller.send("GET", f"/{page['id']}/figures?from=2026-02-02&to=2026-02-01")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "#/to"


@pytest.mark.parametrize(
    ("user_agent", "bot"), [(FIREFOX, False), (GOOGLEBOT, True), ("curl/8.1", True), ("", True), (None, True)]
)
def test_programs_that_say_so_are_bots(user_agent: str | None, bot: bool) -> None:
    assert is_bot(user_agent) is bot
