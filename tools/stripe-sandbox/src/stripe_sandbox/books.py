"""What every room works with while one request, page or control is being answered."""

import secrets
import string
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from stripe_sandbox.config import Config
from stripe_sandbox.errors import Json, missing
from stripe_sandbox.store import Store

ALPHABET = string.ascii_letters + string.digits


def new_id(prefix: str, length: int = 24) -> str:
    """`re_` and the like, followed by letters and digits."""
    return prefix + "".join(secrets.choice(ALPHABET) for _ in range(length))


@dataclass(frozen=True)
class Cause:
    """Who set something off: an API request, or, with no request id, the buyer, the clock or a control."""

    api_version: str
    request_id: str | None = None
    idempotency_key: str | None = None
    account: str | None = None


@dataclass(frozen=True)
class Books:
    """State, configuration, the time and the cause. Rooms are functions over it, run within one transaction."""

    store: Store
    config: Config
    clock: Callable[[], float]
    wake: Callable[[], None]
    cause: Cause

    def now(self) -> int:
        """Unix time in whole seconds, as in every `created`."""
        return int(self.clock())

    def need(self, kind: str, identifier: str, param: str = "id", status: int = 404) -> Json:
        """The object, or Stripe's refusal that there is no such thing."""
        thing = self.store.get(identifier)
        if thing is None or thing["object"] != kind:
            raise missing(kind, identifier, param, status)
        return thing

    def put(self, thing: Json) -> Json:
        """Write an object."""
        return self.store.put(thing)

    def schedule(self, at: float, action: str, target: str) -> None:
        """Have the agenda do something at a time. Source of the actions: agenda.py."""
        self.store.execute("INSERT INTO agenda (at, action, target) VALUES (?, ?, ?)", (at, action, target))
        self.wake()


def shown(thing: Json) -> Json:
    """An object as the API shows it: without our own fields."""
    return {name: value for name, value in thing.items() if not name.startswith("_")}


def fresh(books: Books, kind: str, prefix: str, fields: dict[str, Any], length: int = 24) -> Json:
    """A new object, not yet written: id, object and created before the given fields."""
    return {"id": new_id(prefix, length), "object": kind, "created": books.now(), "livemode": False, **fields}
