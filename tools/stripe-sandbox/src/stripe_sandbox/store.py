"""Everything the sandbox knows, in one SQLite file.

Objects are kept as Stripe would answer them, plus fields of our own whose names begin with "_" and never leave.
All access is from the event loop's thread and synchronous, so what happens inside `transaction()` happens at once.
"""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from stripe_sandbox.errors import Json

SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
    body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS objects_by_kind ON objects (kind, seq);
CREATE INDEX IF NOT EXISTS objects_by_payment_intent ON objects (json_extract(body, '$.payment_intent'))
    WHERE json_extract(body, '$.payment_intent') IS NOT NULL;
CREATE INDEX IF NOT EXISTS objects_by_charge ON objects (json_extract(body, '$.charge'))
    WHERE json_extract(body, '$.charge') IS NOT NULL;
CREATE TABLE IF NOT EXISTS deliveries (id INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL,
    endpoint TEXT NOT NULL, state TEXT NOT NULL, due REAL NOT NULL, lane TEXT NOT NULL, first_due REAL NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, status INTEGER, problem TEXT);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (state, due, id);
CREATE INDEX IF NOT EXISTS deliveries_by_event ON deliveries (event);
CREATE TABLE IF NOT EXISTS idempotency (key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, path TEXT NOT NULL,
    request TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL, created INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS idempotency_by_age ON idempotency (created);
CREATE TABLE IF NOT EXISTS agenda (id INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, action TEXT NOT NULL,
    target TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS agenda_at ON agenda (at);
CREATE TABLE IF NOT EXISTS blobs (id TEXT PRIMARY KEY, content BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


class Store:
    """The file, opened. WAL without a sync per commit: what was answered outlives the process, if not a power cut."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(folder / "stripe-sandbox.sqlite3", isolation_level=None, timeout=10)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(SCHEMA)

    def close(self) -> None:
        """Release the file."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing. Inside another, part of that one."""
        if self._db.in_transaction:
            yield
            return
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def execute(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Change rows; answers how many."""
        return self._db.execute(sql, values).rowcount

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """All rows of a query."""
        return self._db.execute(sql, values).fetchall()

    def row(self, sql: str, values: Sequence[Any] = ()) -> sqlite3.Row | None:
        """Its first row."""
        found: sqlite3.Row | None = self._db.execute(sql, values).fetchone()
        return found

    def put(self, thing: Json) -> Json:
        """Write an object: new, or over the one with its id."""
        self._db.execute(
            "INSERT INTO objects (id, kind, body) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body",
            (thing["id"], thing["object"], json.dumps(thing)),
        )
        return thing

    def get(self, identifier: str) -> Json | None:
        """The object of that id, of any kind."""
        row = self.row("SELECT body FROM objects WHERE id = ?", (identifier,))
        return json.loads(row["body"]) if row else None

    def delete(self, identifier: str) -> None:
        """Take an object out of the books."""
        self._db.execute("DELETE FROM objects WHERE id = ?", (identifier,))

    def find(self, kind: str, where: str = "1", values: Sequence[Any] = (), limit: int = -1) -> list[Json]:
        """Objects of a kind, newest first. `where` is SQL over `body`, `seq` and `id`, written in this package only."""
        rows = self.rows(
            f"SELECT body FROM objects WHERE kind = ? AND ({where}) ORDER BY seq DESC LIMIT ?", (kind, *values, limit)
        )
        return [json.loads(row["body"]) for row in rows]

    def seq(self, kind: str, identifier: str) -> int | None:
        """Where in the order of creation an object stands."""
        row = self.row("SELECT seq FROM objects WHERE kind = ? AND id = ?", (kind, identifier))
        return int(row["seq"]) if row else None

    def setting(self, name: str, default: Any = None) -> Any:
        """A switch that was set, or the default."""
        row = self.row("SELECT value FROM settings WHERE name = ?", (name,))
        return json.loads(row["value"]) if row else default

    def set(self, name: str, value: Any) -> None:
        """Set a switch."""
        self._db.execute(
            "INSERT INTO settings VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (name, json.dumps(value)),
        )
