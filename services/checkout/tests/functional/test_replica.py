"""With CHECKOUT_DATABASE_READ_URL lists come from a replica, which is behind; what was just written never does."""

import asyncio

import asyncpg
import pytest
from chassis.testing import TestDatabase, sign_in
from checkout.settings import CheckoutSettings
from local_stack import Stack

from .shop import Page, Shop
from .test_orders import proof_of

LISTS = ("orders", "disputes")


@pytest.fixture(scope="session")
async def replica(infrastructure: Stack) -> TestDatabase:
    """A second database: the test is what replicates to it."""
    made = TestDatabase(infrastructure.admin_database_url, "checkout", suffix="_replica")
    await made.provision()
    await asyncio.to_thread(made.migrate)
    return made


@pytest.fixture
async def settings(settings: CheckoutSettings, replica: TestDatabase) -> CheckoutSettings:
    await replica.empty()
    return settings.model_copy(update={"database_read_url": replica.app_url})


async def replicate(primary: TestDatabase, replica: TestDatabase) -> None:
    source, target = await asyncpg.connect(primary.owner_url), await asyncpg.connect(replica.owner_url)
    try:
        for table in LISTS:
            rows = await source.fetch(f"SELECT * FROM {table}")
            columns = list(rows[0].keys())
            await target.copy_records_to_table(table, records=[tuple(row) for row in rows], columns=columns)
    finally:
        await source.close()
        await target.close()


async def listed(shop: Shop, page: Page) -> tuple[int, int, int]:
    """(orders, lines of the export, disputes)."""
    headers = sign_in(page.creator_id)
    orders, disputes = [(await shop.client.get(f"/v1/{name}", headers=headers)).json()["items"] for name in LISTS]
    export = (await shop.client.get("/v1/orders.csv", headers=headers)).text
    return len(orders), len(export.splitlines()) - 1, len(disputes)


async def test_lists_are_as_far_as_the_replica_and_all_else_is_as_it_was_just_written(
    shop: Shop, database: TestDatabase, replica: TestDatabase
) -> None:
    page = await shop.page()
    order_id = await shop.paid_order_on(page)
    refund = await shop.refund(page, order_id, amount=500, revokeAccess=False)
    assert (refund.status_code, refund.json()["status"]) == (201, "succeeded")
    await shop.control(f"/charges/{(await shop.order(order_id)).payment_id}/dispute")
    await shop.hear_all(order_id)

    one = (await shop.client.get(f"/v1/orders/{order_id}", headers=sign_in(page.creator_id))).json()
    assert (one["status"], one["amountRefunded"]) == ("disputed", 500)
    proof = {"X-Order-Proof": proof_of(shop, order_id)}
    assert (await shop.client.get(f"/v1/orders/{order_id}/status", headers=proof)).json()["status"] == "disputed"
    assert await listed(shop, page) == (0, 0, 0)

    await replicate(database, replica)
    assert await listed(shop, page) == (1, 1, 1)
