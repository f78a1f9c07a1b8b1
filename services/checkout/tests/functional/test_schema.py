"""Tables and models agree, and each index serves the query it is for."""

import asyncio

import pytest
from chassis.testing import TestDatabase, missing_migrations, plan_of
from checkout.main import describe

from .shop import Shop

ID = "'01a20659-6423-764c-bc21-d847c9028991'"


async def test_the_migrations_make_what_the_models_say(database: TestDatabase) -> None:
    assert await asyncio.to_thread(missing_migrations, database) is None


@pytest.mark.parametrize(
    ("index", "query"),
    [
        ("orders_by_customer", f"SELECT * FROM orders WHERE customer_id = {ID}"),
        ("orders_by_time", "SELECT * FROM orders WHERE created_at < now() - interval '7 years'"),
        ("orders_processing", "SELECT * FROM orders WHERE status = 'processing' AND created_at < now()"),
        (
            "orders_in_review",
            f"SELECT * FROM orders WHERE creator_id = {ID} AND needs_review ORDER BY id DESC LIMIT 20",
        ),
        ("customer_contacts_by_email", "SELECT * FROM customer_contacts WHERE email = 'a@b.test'"),
        (
            "discount_uses_by_customer",
            f"SELECT * FROM discount_uses WHERE discount_code_id = {ID} AND customer_id = {ID}",
        ),
        ("access_facts_by_order", f"SELECT * FROM access_facts WHERE order_id = {ID} ORDER BY at"),
        ("orders_by_creator", f"SELECT * FROM orders WHERE creator_id = {ID} ORDER BY id DESC LIMIT 20"),
        ("orders_by_page", f"SELECT * FROM orders WHERE sales_page_id = {ID} ORDER BY id DESC LIMIT 20"),
        ("orders_payment_id_key", "SELECT * FROM orders WHERE payment_id = 'pi_1'"),
        ("mirrored_pages_short_id_key", "SELECT * FROM mirrored_pages WHERE short_id = '0123456789'"),
        ("checkout_sessions_due", "SELECT * FROM checkout_sessions WHERE ask_due_at <= now() ORDER BY ask_due_at"),
        ("refunds_due", "SELECT * FROM refunds WHERE status = 'requested' AND due_at <= now() ORDER BY due_at"),
        (
            "stripe_events_due",
            "SELECT * FROM stripe_events WHERE applied_at IS NULL AND due_at <= now() ORDER BY due_at",
        ),
        ("stripe_events_waiting", "SELECT * FROM stripe_events WHERE applied_at IS NULL AND payment_id = 'pi_1'"),
        ("page_stocks_untold", "SELECT * FROM page_stocks WHERE version > told_version"),
    ],
)
async def test_each_index_serves_its_query(shop: Shop, index: str, query: str) -> None:
    assert index in await plan_of(shop.db, query)


def test_every_route_says_what_it_answers() -> None:
    document = describe().app().openapi()
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    assert all(operation["summary"] for operation in operations)
    identities = [operation["operationId"] for operation in operations]
    assert len(set(identities)) == len(identities)
    mine = [o for path, methods in document["paths"].items() if path.startswith("/v1") for o in methods.values()]
    assert all("application/problem+json" in str(operation["responses"]) for operation in mine)
