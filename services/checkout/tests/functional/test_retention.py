"""An order is kept for seven years, and then nothing is left of it."""

from datetime import timedelta

from chassis import retention
from chassis.testing import TestDatabase
from sqlalchemy import text

from .shop import Shop

SEVEN_YEARS = timedelta(days=2557)


async def counts(shop: Shop, *tables: str) -> dict[str, int]:
    async with shop.db.reading() as session:
        return {table: await session.scalar(text(f"SELECT count(*) FROM {table}")) or 0 for table in tables}


async def enforce(shop: Shop) -> dict[str, int]:
    found = await retention.enforce(shop.service.retention_db, shop.service.retention)
    return {each.what: each.rows for each in found}


async def test_nothing_is_left_of_an_order_after_seven_years(shop: Shop, database: TestDatabase) -> None:
    kept = ("orders", "checkout_sessions", "refunds", "customer_contacts")
    page = await shop.page()
    order_id = await shop.paid_order_on(page)
    await shop.refund(page, order_id, amount=500, revokeAccess=False)
    assert await counts(shop, *kept) == dict.fromkeys(kept, 1)
    shop.clock.advance(SEVEN_YEARS - timedelta(minutes=5))
    assert "orders" not in await enforce(shop)
    shop.clock.advance(timedelta(minutes=6))
    assert (await enforce(shop))["orders"] == 1
    assert await counts(shop, *kept) == dict.fromkeys(kept, 0)


async def test_a_customer_who_bought_again_is_still_known(shop: Shop) -> None:
    page = await shop.page()
    await shop.paid_order_on(page)
    shop.clock.advance(SEVEN_YEARS)
    async with shop.db.transaction() as tx:
        await tx.session.execute(
            text(
                "INSERT INTO orders SELECT (o).* FROM (SELECT jsonb_populate_record(NULL::orders, to_jsonb(orders) ||"
                " jsonb_build_object('id', gen_random_uuid(), 'payment_id', NULL, 'created_at', now() + '7 years'))"
                " AS o FROM orders) AS again"
            )
        )
    shop.clock.advance(timedelta(minutes=1))
    assert (await enforce(shop))["orders"] == 1
    assert await counts(shop, "orders", "customer_contacts") == {"orders": 1, "customer_contacts": 1}
