"""Idempotency-Key: the first result is kept for 24 hours and answered again.

Source: Stripe, API reference, Idempotent requests. Results of requests that never began (validation, conflict) are
not kept; those that began are, errors included.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from stripe_sandbox.errors import Json, Refusal
from stripe_sandbox.store import Store

KEPT_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Kept:
    """A result to replay, and the request it first answered."""

    status: int
    body: Json
    request_id: str


@dataclass(frozen=True)
class Attempt:
    """One use of a key: the key, a digest of the parameters, and the path."""

    key: str
    fingerprint: str
    path: str


class Idempotency:
    """The keys in use now and the results kept."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._busy: set[str] = set()

    @contextmanager
    def using(self, attempt: Attempt | None) -> Iterator[None]:
        """Hold the key while its request is being answered; a second request at once is refused with 409."""
        if attempt is None:
            yield
            return
        if len(attempt.key) > 255:
            raise Refusal(
                "Idempotency keys can have up to 255 characters, but you passed in a key that is "
                f"{len(attempt.key)} characters.",
                kind="idempotency_error",
            )
        if attempt.key in self._busy:
            raise Refusal(
                "There is currently another in-progress request using this Idempotent Key (that probably means you "
                f"submitted twice, and the other request is still going through): {attempt.key}. Please try again "
                "later.",
                code="idempotency_key_in_use",
                kind="idempotency_error",
                status=409,
            )
        self._busy.add(attempt.key)
        try:
            yield
        finally:
            self._busy.discard(attempt.key)

    def kept(self, attempt: Attempt | None, now: int) -> Kept | None:
        """The result of the key's first use, if there is one younger than a day and for the same parameters."""
        if attempt is None:
            return None
        self._store.execute("DELETE FROM idempotency WHERE created <= ?", (now - KEPT_SECONDS,))
        row = self._store.row("SELECT * FROM idempotency WHERE key = ?", (attempt.key,))
        if row is None:
            return None
        if row["path"] != attempt.path:
            raise _other_use(attempt, f"for the same endpoint they were first used for ('{row['path']}' vs "
                             f"'{attempt.path}')")  # fmt: skip
        if row["fingerprint"] != attempt.fingerprint:
            raise _other_use(attempt, "with the same parameters they were first used with")
        return Kept(row["status"], json.loads(row["body"]), row["request"])

    def keep(self, attempt: Attempt | None, kept: Kept, now: int) -> None:
        """Remember a result, in the caller's transaction."""
        if attempt is not None:
            values = (attempt.key, attempt.fingerprint, attempt.path, kept.request_id, kept.status)
            self._store.execute(
                "INSERT INTO idempotency VALUES (?, ?, ?, ?, ?, ?, ?)", (*values, json.dumps(kept.body), now)
            )


def _other_use(attempt: Attempt, rule: str) -> Refusal:
    return Refusal(
        f"Keys for idempotent requests can only be used {rule}. Try using a key other than '{attempt.key}' if you "
        "meant to execute a different request.",
        kind="idempotency_error",
    )
