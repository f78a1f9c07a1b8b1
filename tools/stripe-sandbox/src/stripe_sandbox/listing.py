"""Lists as Stripe pages them: newest first, by cursor."""

from collections.abc import Mapping, Sequence
from typing import Any

from stripe_sandbox.books import Books, shown
from stripe_sandbox.errors import Json, Malformed
from stripe_sandbox.operations import Asked, Operation
from stripe_sandbox.params import LISTING, Hash, Kind, Text

COMPARE = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def whole(data: list[Json], url: str) -> Json:
    """A list object that holds everything."""
    return {"object": "list", "data": data, "has_more": False, "url": url}


def page(
    books: Books, kind: str, url: str, params: Json, where: Sequence[str] = (), values: Sequence[Any] = ()
) -> Json:
    """One page of the objects of a kind that `where` (SQL over `body`) keeps."""
    conditions, arguments = list(where), list(values)
    for bound, moment in params.get("created", {}).items():
        conditions.append(f"json_extract(body, '$.created') {COMPARE[bound]} ?")
        arguments.append(moment)
    backwards = "ending_before" in params
    if backwards and "starting_after" in params:
        raise Malformed("You may only specify one of these parameters: ending_before, starting_after.")
    for cursor, sign in (("starting_after", "<"), ("ending_before", ">")):
        if cursor in params:
            books.need(kind, params[cursor], cursor, status=400)
            conditions.append(f"seq {sign} ?")
            arguments.append(books.store.seq(kind, params[cursor]))
    limit = params.get("limit", 10)
    found = _select(books, kind, " AND ".join(conditions) or "1", arguments, limit + 1, backwards)
    kept = found[:limit][::-1] if backwards else found[:limit]
    return {**whole([shown(thing) for thing in kept], url), "has_more": len(found) > limit}


def _select(books: Books, kind: str, where: str, values: list[Any], limit: int, backwards: bool) -> list[Json]:
    if not backwards:
        return books.store.find(kind, where, values, limit)
    return books.store.find(kind, where, values)[::-1][:limit]


def lister(url: str, kind: str, filters: Mapping[str, Kind] | None = None) -> Operation:
    """GET a list whose filters are fields of the same name."""
    names = {name: f"json_extract(body, '$.{name}') = ?" for name in filters or {}}

    def handle(books: Books, asked: Asked) -> Json:
        given = [name for name in names if name in asked.params]
        return page(books, kind, url, asked.params, [names[n] for n in given], [asked.params[n] for n in given])

    return Operation("GET", url, handle, Hash({**LISTING, **(filters or {})}))


BY_PAYMENT: dict[str, Kind] = {"payment_intent": Text(), "charge": Text()}
