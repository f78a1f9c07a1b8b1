"""Events: told by every change, listed for 30 days at Stripe, delivered to the endpoints that want them."""

import random
from typing import Any

from stripe_sandbox import deliveries, webhook_endpoints
from stripe_sandbox.books import Books, fresh, shown
from stripe_sandbox.errors import Json, Malformed
from stripe_sandbox.listing import page
from stripe_sandbox.operations import Asked, Operation, accepts
from stripe_sandbox.params import LISTING, Array, Flag, Hash, Text


def tell(books: Books, kind: str, thing: Json, account: str | None = None, previous: Json | None = None) -> Json:
    """Record that `kind` happened to `thing` as it is now, and owe it to every endpoint that listens.

    `account`: the connected account it happened on; then Connect endpoints hear it, else the platform's.
    """
    data: dict[str, Any] = {"object": shown(thing)}
    if previous is not None:
        data["previous_attributes"] = previous
    cause = books.cause
    fields: Json = {
        "api_version": cause.api_version,
        "data": data,
        "pending_webhooks": 0,
        "request": {"id": cause.request_id, "idempotency_key": cause.idempotency_key},
        "type": kind,
    }
    if account:
        fields["account"] = account
    event = fresh(books, "event", "evt_", fields)
    endpoints = webhook_endpoints.listening(books, kind, connect=account is not None)
    event["pending_webhooks"] = len(endpoints)
    books.put(event)
    for endpoint in endpoints:
        _owe(books, event, endpoint)
    return event


def _owe(books: Books, event: Json, endpoint: Json) -> None:
    """One delivery, or more and later ones while a disturbance is set."""
    disturbance = books.store.setting(deliveries.DISTURBANCE)
    if not disturbance:
        deliveries.owe(books, event["id"], endpoint["id"])
        return
    dice = random.Random(f"{disturbance['seed']}:{event['id']}:{endpoint['id']}")
    for _ in range(1 + int(disturbance["duplicates"])):
        delay = dice.uniform(disturbance["delay_min"], disturbance["delay_max"])
        deliveries.owe(books, event["id"], endpoint["id"], delay)


def _list(books: Books, asked: Asked) -> Json:
    where, values = _visible(books)
    params = asked.params
    if "type" in params and "types" in params:
        raise Malformed("You may only specify one of these parameters: type, types.")
    if types := [params["type"]] if "type" in params else params.get("types"):
        where.append("(" + " OR ".join("json_extract(body, '$.type') GLOB ?" for _ in types) + ")")
        values += types
    if "delivery_success" in params:
        owing = "EXISTS (SELECT 1 FROM deliveries WHERE event = objects.id AND state <> 'delivered')"
        where.append(f"NOT {owing}" if params["delivery_success"] else owing)
    return page(books, "event", "/v1/events", params, where, values)


def _visible(books: Books) -> tuple[list[str], list[Any]]:
    """The platform sees its own events; a connected account, named by the header Stripe-Account, sees its own."""
    if books.cause.account:
        return ["json_extract(body, '$.account') = ?"], [books.cause.account]
    return ["json_extract(body, '$.account') IS NULL"], []


def _retrieve(books: Books, asked: Asked) -> Json:
    event = books.need("event", asked.id)
    event["pending_webhooks"] = deliveries.owing(books, event["id"])
    return event


OPERATIONS = [
    Operation(
        "GET",
        "/v1/events",
        _list,
        Hash({**LISTING, "delivery_success": Flag(), "type": Text(), "types": Array(Text(), most=20)}),
        for_accounts=True,
    ),
    Operation("GET", "/v1/events/{id}", _retrieve, accepts(), for_accounts=True),
]
