"""`expand[]`: ids replaced by the objects they name, and lists that are only shown when asked for.

Source: Stripe, API reference, Expanding objects: at most four levels.
"""

from collections.abc import Callable

from stripe_sandbox.books import Books, shown
from stripe_sandbox.errors import Json, Malformed
from stripe_sandbox.listing import whole


def _line_items(books: Books, session: Json) -> Json:
    kept = books.store.get(session["id"]) or {}
    return whole(kept["_line_items"], f"/v1/checkout/sessions/{session['id']}/line_items")


def _refunds(books: Books, charge: Json) -> Json:
    refunds = books.store.find("refund", "json_extract(body, '$.charge') = ?", (charge["id"],))
    return whole([shown(refund) for refund in refunds], f"/v1/charges/{charge['id']}/refunds")


INCLUDED: dict[tuple[str, str], Callable[[Books, Json], Json]] = {
    ("checkout.session", "line_items"): _line_items,
    ("charge", "refunds"): _refunds,
}


def expand(books: Books, thing: Json, paths: list[str]) -> Json:
    """The object as shown, with every path expanded."""
    result = shown(thing)
    for path in paths:
        steps = path.split(".")
        if len(steps) > 4:
            raise Malformed("You cannot expand more than 4 levels of a property.", param="expand")
        _expand(books, result, steps, path)
    return result


def _expand(books: Books, holder: Json, steps: list[str], path: str) -> None:
    step, *rest = steps
    holder[step] = value = _expanded(books, holder, step, path)
    for inner in value if isinstance(value, list) else [value]:
        if rest and isinstance(inner, dict):
            _expand(books, inner, rest, path)


def _expanded(books: Books, holder: Json, step: str, path: str) -> object:
    """What stands at this step afterwards."""
    if include := INCLUDED.get((holder.get("object", ""), step)):
        return include(books, holder)
    value = holder.get(step)
    if isinstance(value, str) and (found := books.store.get(value)):
        return shown(found)
    if step not in holder or not (value is None or isinstance(value, dict | list)):
        raise Malformed(f"This property cannot be expanded ({path}).", param="expand")
    return value
