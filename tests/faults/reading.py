"""Reads the facts of a population: straight from the databases, the sandbox, the inbox and the broker."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
from chassis import parked
from local_stack.ports import SERVICES

from .facts import Facts, Row
from .population import Population
from .subscriptions import dead_queues
from .world import World

ORDERS = "SELECT * FROM orders WHERE sales_page_id = $1"
SESSIONS = "SELECT s.* FROM checkout_sessions s JOIN orders o ON o.id = s.order_id WHERE o.sales_page_id = $1"
REFUNDS = "SELECT r.* FROM refunds r JOIN orders o ON o.id = r.order_id WHERE o.sales_page_id = $1"
KEPT = "SELECT id FROM stripe_events WHERE id = ANY($1)"
STOCK = "SELECT * FROM page_stocks WHERE page_id = $1"
REGISTRATIONS = "SELECT * FROM registrations WHERE sales_page_id = $1"
ASKED = "SELECT c.id FROM confirmations c JOIN registrations r ON r.id = c.registration_id WHERE r.sales_page_id = $1"
MAILS = "SELECT * FROM mails WHERE about = ANY($1)"
GRANTS = "SELECT * FROM download_grants WHERE order_id = ANY($1)"
ORDER_EVENTS = "SELECT * FROM order_events WHERE order_id = ANY($1)"
ATTEMPTS = "SELECT * FROM download_attempts WHERE order_id = ANY($1)"
OUTBOX = "SELECT * FROM outbox WHERE aggregate_id = ANY($1) ORDER BY position"
INBOX = "SELECT consumer, event_id FROM inbox WHERE event_id = ANY($1)"
VERSIONS = {
    "pages": "SELECT id, version FROM sales_pages WHERE id = $1",
    "checkout": "SELECT id, version FROM mirrored_pages WHERE id = $1",
    "delivery": "SELECT id, version FROM mirrored_pages WHERE id = $1",
    "leads": "SELECT id, version FROM mirrored_pages WHERE id = $1",
}


def _plain(record: asyncpg.Record) -> Row:
    """Ids as text."""
    return {name: str(value) if isinstance(value, UUID) else value for name, value in record.items()}


async def _rows(pool: asyncpg.Pool, query: str, *values: Any) -> list[Row]:
    return [_plain(record) for record in await pool.fetch(query, *values)]


def _ids(*groups: Sequence[Row]) -> list[UUID]:
    return [UUID(row["id"]) for rows in groups for row in rows]


async def parked_now(world: World) -> dict[str, set[str]]:
    """The ids of what lies in each dead queue. Twice in it is once: a consumer may die between copy and ack."""
    broker = world.stack.endpoints["amqp"]
    counted = await parked.count(broker, dead_queues())
    return {
        queue: {str(message.id) for message in await parked.show(broker, queue)} if count else set()
        for queue, count in counted.items()
    }


def parked_beyond(poisoned: set[str], found: set[str]) -> int:
    """How many were parked that could be handled; below 0, how many that cannot be handled were not."""
    return len(found - poisoned) or -len(poisoned - found)


async def read(world: World, people: Population, parked_since: dict[str, int]) -> Facts:
    page = UUID(people.page_id)
    checkout, delivery, leads = (world.databases[name] for name in ("checkout", "delivery", "leads"))
    orders = await _rows(checkout, ORDERS, page)
    refunds = await _rows(checkout, REFUNDS, page)
    registrations = await _rows(leads, REGISTRATIONS, page)
    grants = await _rows(delivery, GRANTS, _ids(orders))
    mails = await _rows(checkout, MAILS, _ids(orders, refunds))
    mails += await _rows(leads, MAILS, _ids(registrations, await _rows(leads, ASKED, page)))
    about = [page, *_ids(orders, grants, registrations)]
    outbox = [row for name in SERVICES for row in await _rows(world.databases[name], OUTBOX, about)]
    stock = await _rows(checkout, STOCK, page)
    order_ids = [order["id"] for order in orders]
    answered = await world.sandbox.answered(order_ids)
    kept = await _rows(checkout, KEPT, list(answered))
    return Facts(
        told=people.told,
        wishes=people.wishes,
        quantity_limit=people.page.get("quantityLimit"),
        orders=orders,
        sessions=await _rows(checkout, SESSIONS, page),
        refunds=refunds,
        stock=stock[0] if stock else None,
        mails=mails,
        grants=grants,
        order_events=await _rows(delivery, ORDER_EVENTS, _ids(orders)),
        attempts=await _rows(delivery, ATTEMPTS, _ids(orders)),
        registrations=registrations,
        outbox=outbox,
        handled=await _handled(world, [UUID(row["event_id"]) for row in outbox]),
        published=[
            seen
            for seen in world.witness.seen.values()
            if seen.page_id == people.page_id or UUID(seen.aggregate_id) in about
        ],
        pages=[
            (name, row["id"], row["version"])
            for name, query in VERSIONS.items()
            for row in await _rows(world.databases[name], query, page)
        ],
        payments=await world.sandbox.payments(order_ids),
        answered=answered,
        kept=frozenset(row["id"] for row in kept),
        ends_at=people.ends_at,
        honours_late=people.page["latePayment"] == "grace",
        letters=await _letters(world, people),
        parked=parked_since,
    )


async def _handled(world: World, event_ids: list[UUID]) -> frozenset[tuple[str, str]]:
    found = await asyncio.gather(*(_rows(pool, INBOX, event_ids) for pool in world.databases.values()))
    return frozenset((row["consumer"], row["event_id"]) for rows in found for row in rows)


async def _letters(world: World, people: Population) -> list[Row]:
    """Whatever came to the addresses of this population."""
    found: list[Row] = []
    for address in sorted(people.addresses):
        mails = (await world.mail.get("/api/messages", params={"to": address})).json()
        found += [
            {"recipient": address, "subject": mail["subject"], "message_id": mail["headers"]["Message-ID"]}
            for mail in mails
        ]
    return found
