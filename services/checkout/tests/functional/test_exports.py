"""The export of orders is sent while it is read, a batch at a time: as much memory for many orders as for few."""

import asyncio
import tracemalloc
from uuid import UUID

from chassis.clock import new_id
from chassis.testing import sign_in
from checkout.http.exports import BATCH
from sqlalchemy import text
from starlette.types import ASGIApp, Message, Scope

from .shop import Shop

ORDERS = """
    INSERT INTO orders (id, sales_page_id, product_id, creator_id, customer_id, price_in_cents, discount_in_cents,
        amount_paid, amount_refunded, currency, status, needs_review, unit, access_revoked, link_generation, created_at,
        download_attempts, grant_version, ledger_looks, ledger_applied, version)
    SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), :creator, gen_random_uuid(), 1900, 0, 1900,
        0, 'EUR', 'completed', false, 'sold', false, 1, now(), 0, 0, 0, 0, 2
    FROM generate_series(1, :orders)
"""


async def export(app: ASGIApp, creator_id: UUID) -> tuple[list[int], int]:
    """(lines of each part as it was sent, the most bytes that were in use meanwhile)."""
    parts: list[int] = []
    bearer = sign_in(creator_id)["Authorization"].encode()
    scope: Scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": "/v1/orders.csv", "raw_path": b"/v1/orders.csv", "root_path": "", "query_string": b"",
        "headers": [(b"host", b"checkout"), (b"authorization", bearer)], "client": None, "server": None,
    }  # fmt: skip

    arrived: list[Message] = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> Message:
        return arrived.pop() if arrived else await asyncio.Future()

    async def send(message: Message) -> None:
        if message["type"] == "http.response.body":
            parts.append(message["body"].count(b"\r\n"))

    tracemalloc.start()
    try:
        await app(scope, receive, send)
        return parts, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


async def test_of_many_orders_no_more_than_a_batch_is_held_at_a_time(shop: Shop) -> None:
    app = shop.service.app()
    few, many = new_id(), new_id()
    async with shop.db.transaction() as tx:
        for creator_id, orders in ((few, 2 * BATCH), (many, 20 * BATCH + 1)):
            await tx.session.execute(text(ORDERS), {"creator": creator_id, "orders": orders})
    await export(app, few)
    parts_of_few, memory_for_few = await export(app, few)
    parts, memory = await export(app, many)
    assert sum(parts_of_few) == 2 * BATCH + 1
    assert sum(parts) == 20 * BATCH + 2
    assert max(parts) <= BATCH
    assert memory < 1.5 * memory_for_few
