"""What is owed to webhook endpoints: each row one event to one endpoint, kept until delivered or given up.

States: `pending` (due at `due`), `held` (while deliveries are paused), `delivered`, `failed` (given up, or the
endpoint is gone). Deliveries in one `lane` go one after another; otherwise each has a lane of its own.
"""

import random
from typing import Any

from stripe_sandbox.books import Books, new_id
from stripe_sandbox.errors import Json

PAUSED = "webhooks.paused"
DISTURBANCE = "webhooks.disturbance"

ORDERS = ("created", "reversed", "shuffled")


def owe(books: Books, event: str, endpoint: str, delay: float = 0.0) -> None:
    """Owe an event to an endpoint, `delay` seconds from now at the earliest."""
    due = books.clock() + delay
    state = "held" if books.store.setting(PAUSED, False) else "pending"
    books.store.execute(
        "INSERT INTO deliveries (event, endpoint, state, due, lane, first_due) VALUES (?, ?, ?, ?, ?, ?)",
        (event, endpoint, state, due, new_id("lane_", 12), due),
    )
    books.wake()


def owing(books: Books, event: str) -> int:
    """How many deliveries of an event have not succeeded yet."""
    row = books.store.row(
        "SELECT count(*) AS n FROM deliveries WHERE event = ? AND state IN ('pending', 'held')", (event,)
    )
    return int(row["n"]) if row else 0


def pause(books: Books) -> None:
    """Hold everything that is not under way, and everything told from now on."""
    books.store.set(PAUSED, True)
    books.store.execute("UPDATE deliveries SET state = 'held' WHERE state = 'pending'")


def release(books: Books, order: str = "created", seed: int = 0, copies: int = 1) -> int:
    """Send what is held, one after another in that order, each `copies` times; answers how many are now due."""
    books.store.set(PAUSED, False)
    rows = books.store.rows("SELECT * FROM deliveries WHERE state = 'held' ORDER BY id")
    queue = _ordered([dict(row) for row in rows for _ in range(copies)], order, seed)
    books.store.execute("DELETE FROM deliveries WHERE state = 'held'")
    now, lane = books.clock(), new_id("lane_", 12)
    for place, row in enumerate(queue):
        due = now + place * 1e-6
        books.store.execute(
            "INSERT INTO deliveries (event, endpoint, state, due, lane, first_due) VALUES (?, ?, 'pending', ?, ?, ?)",
            (row["event"], row["endpoint"], due, lane, due),
        )
    books.wake()
    return len(queue)


def _ordered(queue: list[dict[str, Any]], order: str, seed: int) -> list[dict[str, Any]]:
    if order == "shuffled":
        random.Random(seed).shuffle(queue)
    return queue[::-1] if order == "reversed" else queue


def retry_now(books: Books) -> int:
    """Make every delivery that waits for its next attempt due at once."""
    changed = books.store.execute("UPDATE deliveries SET due = ? WHERE state = 'pending'", (books.clock(),))
    books.wake()
    return changed


def latest(books: Books, event: str | None = None, limit: int = 100) -> list[Json]:
    """The newest deliveries, for people and tests."""
    rows = books.store.rows(
        "SELECT d.*, json_extract(e.body, '$.type') AS type, json_extract(w.body, '$.url') AS url FROM deliveries d "
        "LEFT JOIN objects e ON e.id = d.event LEFT JOIN objects w ON w.id = d.endpoint "
        "WHERE ? IS NULL OR d.event = ? ORDER BY d.id DESC LIMIT ?",
        (event, event, limit),
    )
    hidden = ("lane", "first_due")
    return [{name: row[name] for name in row.keys() if name not in hidden} for row in rows]  # noqa: SIM118


def counts(books: Books) -> dict[str, int]:
    """How many deliveries are in each state."""
    rows = books.store.rows("SELECT state, count(*) AS n FROM deliveries GROUP BY state")
    none = dict.fromkeys(("pending", "held", "delivered", "failed"), 0)
    return none | {row["state"]: row["n"] for row in rows}
