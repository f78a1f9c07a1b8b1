"""A download that nobody fetched: told once, two days before it ends."""

from collections.abc import Callable
from datetime import timedelta

from chassis.db import Database
from chassis.lifecycle import Service
from chassis.testing import SettableClock, deliver, plan_of, told
from contracts.catalog import ProductPublished, ProductUpdated
from contracts.delivery import DownloadAttempted, GrantUnused
from delivery import store
from delivery.jobs import rescue
from delivery.use_cases.tell_unused import NOTICE
from httpx import AsyncClient

from .conftest import Order, ask, changed
from .test_record import DIALECT


async def test_it_is_told_once_two_days_before_the_end(service: Service, paid: Order, clock: SettableClock) -> None:
    clock.advance(timedelta(days=5, seconds=-10))
    await rescue(service.db)
    assert await told(service.db, GrantUnused) == []
    clock.advance(timedelta(seconds=10))
    for _ in range(2):
        await rescue(service.db)
    (unused,) = await told(service.db, GrantUnused)
    assert (unused.order_id, unused.version, unused.attempts_used) == (paid.id, 2, 0)


async def test_one_sequence_of_versions_counts_for_a_grant(
    service: Service, client: AsyncClient, paid: Order, clock: SettableClock
) -> None:
    clock.advance(timedelta(days=6))
    await rescue(service.db)
    await ask(client, paid)
    (unused,), (attempt,) = await told(service.db, GrantUnused), await told(service.db, DownloadAttempted)
    assert (unused.id, unused.version, attempt.version) == (attempt.id, 2, 3)


async def test_nobody_is_reminded_of_what_they_have_or_cannot_have(
    service: Service,
    client: AsyncClient,
    product: ProductPublished,
    new_order: Callable[[], Order],
    clock: SettableClock,
) -> None:
    downloaded, over, brief = new_order(), new_order(), new_order()
    for order in (downloaded, over):
        await deliver(service, order.paid())
    await ask(client, downloaded)
    await deliver(service, changed(product, ProductUpdated, access_days=2))
    await deliver(service, brief.paid())
    clock.advance(timedelta(days=7))
    await rescue(service.db)
    assert await told(service.db, GrantUnused) == []


async def test_its_index_is_used(db: Database, clock: SettableClock) -> None:
    query = store.unused_grants(clock.now(), NOTICE)
    sql = str(query.compile(dialect=DIALECT, compile_kwargs={"literal_binds": True}))
    assert "download_grants_unused" in await plan_of(db, sql)
