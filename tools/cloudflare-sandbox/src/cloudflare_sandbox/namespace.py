"""A KV namespace: values that vanish at their expiration."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

LONGEST_KEY = 512
LONGEST_VALUE = 25 * 1024 * 1024
SHORTEST_LIFE = 60
"""Bytes, bytes, seconds. Source: Cloudflare, Workers KV limits; Expiring keys."""


class Refused(Exception):
    """`code` and `message` as Cloudflare tells them."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Stored:
    value: str
    expiration: int | None


class Namespace:
    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self._stored: dict[str, Stored] = {}

    def checked(self, pair: Any) -> tuple[str, Stored]:
        """Raises Refused."""
        if not isinstance(pair, dict) or not isinstance(pair.get("key"), str) or not isinstance(pair.get("value"), str):
            raise Refused(10012, "a key and a value are required")
        key, value = pair["key"], pair["value"]
        if not 0 < len(key.encode()) <= LONGEST_KEY or key in {".", ".."}:
            raise Refused(10014, "the key's length or name is not allowed")
        if len(value.encode()) > LONGEST_VALUE:
            raise Refused(10013, "the value is too large")
        return key, Stored(value, self._expiration(pair))

    def _expiration(self, pair: dict[str, Any]) -> int | None:
        now = self.clock()
        if (ttl := pair.get("expiration_ttl")) is not None:
            expiration = int(now + ttl)
        elif pair.get("expiration") is not None:
            expiration = int(pair["expiration"])
        else:
            return None
        if expiration < int(now) + SHORTEST_LIFE:
            raise Refused(10021, f"expiration must be at least {SHORTEST_LIFE} seconds ahead")
        return expiration

    def put(self, key: str, stored: Stored) -> None:
        self._stored[key] = stored

    def delete(self, key: str) -> None:
        self._stored.pop(key, None)

    def get(self, key: str) -> Stored | None:
        stored = self._stored.get(key)
        if stored is None or (stored.expiration is not None and self.clock() >= stored.expiration):
            return None
        return stored
