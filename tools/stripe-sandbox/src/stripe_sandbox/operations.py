"""One operation of the API: where it is, what it accepts, what it does."""

from collections.abc import Callable
from dataclasses import dataclass

from stripe_sandbox.books import Books
from stripe_sandbox.errors import Json
from stripe_sandbox.params import EXPAND, Hash, Kind


@dataclass(frozen=True)
class Asked:
    """A request's parameters, read by the schema, and the id in its path where it has one."""

    params: Json
    id: str = ""


Handler = Callable[[Books, Asked], Json]


@dataclass(frozen=True)
class Operation:
    """`handle` answers the object, or raises a Refusal; `path` may hold `{id}`.

    `for_accounts`: may be asked in the name of a connected account, by the header Stripe-Account.
    """

    method: str
    path: str
    handle: Handler
    schema: Hash
    for_accounts: bool = False


def accepts(fields: dict[str, Kind] | None = None, required: tuple[str, ...] = ()) -> Hash:
    """A schema with these parameters besides `expand`."""
    return Hash({**EXPAND, **(fields or {})}, required)


def retrieve(path: str, kind: str, param: str) -> Operation:
    """GET one object of a kind; `param` is what Stripe's refusal names."""

    def handle(books: Books, asked: Asked) -> Json:
        return books.need(kind, asked.id, param)

    return Operation("GET", path, handle, accepts())
