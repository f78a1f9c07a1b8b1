"""A buyer who asks for it is forgotten."""

import asyncio

import asyncpg
import pytest
from chassis.clock import new_id
from chassis.testing import TestDatabase, sign_in, told, until_somebody_waits_for
from checkout.use_cases.erase_customer import erase_customer
from contracts.checkout import CustomerErased

from .shop import Shop

BUYER = "grace.hopper@example.test"


async def everything_kept(database: TestDatabase) -> str:
    """Every row of every table, as text."""
    connection = await asyncpg.connect(database.owner_url)
    tables = await connection.fetch("SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public'")
    rows = [await connection.fetch(f"SELECT t::text FROM {table['name']} t") for table in tables]
    await connection.close()
    return "\n".join(row[0] for table in rows for row in table)


async def test_an_erased_customer_is_nowhere_and_their_orders_stay(shop: Shop, database: TestDatabase) -> None:
    page = await shop.page()
    order_id = await shop.order_on(page, email=BUYER)
    await shop.pay(order_id, email=BUYER)
    await shop.hear_all(order_id)
    customer = (await shop.order(order_id)).customer_id
    assert BUYER in await everything_kept(database)
    path, headers = f"/v1/customers/{customer}/erase", sign_in(page.creator_id)
    answers = [await shop.client.post(path, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [204, 204]
    kept = await everything_kept(database)
    assert BUYER not in kept
    assert "Grace" not in kept
    assert [event.id for event in await told(shop.db, CustomerErased)] == [customer]
    assert (await shop.order(order_id)).status == "completed"


async def test_who_buys_again_is_a_new_customer(shop: Shop) -> None:
    page = await shop.page()
    first = await shop.order(await shop.paid_order_on(page, email=BUYER))
    await shop.client.post(f"/v1/customers/{first.customer_id}/erase", headers=sign_in(page.creator_id))
    again = await shop.order(await shop.paid_order_on(page, email=BUYER))
    assert again.customer_id != first.customer_id


async def test_money_that_arrives_later_does_not_bring_an_erased_customer_back(
    shop: Shop, database: TestDatabase
) -> None:
    page = await shop.page()
    order_id = await shop.order_on(page, email=BUYER)
    await shop.pay(order_id, "later", email=BUYER)
    await shop.hear_all(order_id)
    customer = (await shop.order(order_id)).customer_id
    await shop.client.post(f"/v1/customers/{customer}/erase", headers=sign_in(page.creator_id))
    session = (await shop.session(order_id)).stripe_session_id
    await shop.control(f"/sessions/{session}/settle", {"outcome": "succeeded"})
    await shop.hear_all(order_id)
    order = await shop.order(order_id)
    assert (order.status, order.customer_id) == ("completed", customer)
    assert BUYER not in await everything_kept(database)


@pytest.mark.parametrize("heard", ["completed", "async_payment_succeeded"])
async def test_an_order_that_was_placed_without_an_address_does_not_bring_who_was_erased_back(
    shop: Shop, database: TestDatabase, heard: str
) -> None:
    page = await shop.page()
    known = await shop.order(await shop.paid_order_on(page, email=BUYER))
    order_id = await shop.order_on(page)
    await shop.pay(order_id, "later", email=BUYER)
    session = (await shop.session(order_id)).stripe_session_id
    await shop.control(f"/sessions/{session}/settle", {"outcome": "succeeded"})
    for event in await shop.events_of(order_id):
        if event["type"] == f"checkout.session.{heard}":
            await shop.hear(event)
    assert (await shop.order(order_id)).status == "processing"
    await shop.client.post(f"/v1/customers/{known.customer_id}/erase", headers=sign_in(page.creator_id))
    await shop.hear_all(order_id)
    await shop.jobs.follow_waiting_events(shop.db)
    order = await shop.order(order_id)
    assert (order.status, order.customer_id) == ("completed", known.customer_id)
    assert BUYER not in await everything_kept(database)


async def test_money_that_arrives_while_a_customer_is_erased_does_not_bring_them_back(
    shop: Shop, database: TestDatabase
) -> None:
    order_id = await shop.order_on(await shop.page(), email=BUYER)
    await shop.pay(order_id, email=BUYER)
    (completed,) = [e for e in await shop.events_of(order_id) if e["type"] == "checkout.session.completed"]
    async with shop.db.transaction() as tx:
        await erase_customer(tx, (await shop.order(order_id)).customer_id)
        hearing = asyncio.create_task(shop.hear(completed))
        await until_somebody_waits_for(tx)
    assert (await hearing).status_code == 200
    assert (await shop.order(order_id)).status == "completed"
    assert BUYER not in await everything_kept(database)


async def test_another_creators_customer_is_not_there(shop: Shop) -> None:
    page = await shop.page()
    order = await shop.order(await shop.paid_order_on(page, email=BUYER))
    for customer, creator in ((order.customer_id, new_id()), (new_id(), page.creator_id)):
        answer = await shop.client.post(f"/v1/customers/{customer}/erase", headers=sign_in(creator))
        assert (answer.status_code, answer.json()["type"]) == (404, "not-found")
