"""What happens by itself when its time comes: sessions expire, delayed approvals arrive."""

import asyncio
import contextlib
import logging

from stripe_sandbox import paying, sessions
from stripe_sandbox.books import Books
from stripe_sandbox.sandbox import Sandbox

log = logging.getLogger(__name__)

LONGEST_SLEEP = 60.0


def _expire_session(books: Books, target: str) -> None:
    if books.store.get(target):
        sessions.current(books, target)


def _approve(books: Books, target: str) -> None:
    with contextlib.suppress(paying.NotOpen, paying.NotOffered):
        paying.approve(books, target)


ACTIONS = {"approve": _approve, "expire_session": _expire_session}


def run_due(sandbox: Sandbox) -> None:
    """Do everything whose time has come, each in a transaction of its own."""
    books = sandbox.books()
    for row in sandbox.store.rows("SELECT * FROM agenda WHERE at <= ? ORDER BY at, id", (books.clock(),)):
        with sandbox.store.transaction():
            sandbox.store.execute("DELETE FROM agenda WHERE id = ?", (row["id"],))
            ACTIONS[row["action"]](books, row["target"])


async def keep(sandbox: Sandbox) -> None:
    """Run until cancelled, asleep until the next time or until something new is scheduled."""
    while True:
        sandbox.agenda_changed.clear()
        try:
            run_due(sandbox)
        except Exception:
            log.exception("the agenda stumbled")
        row = sandbox.store.row("SELECT min(at) AS at FROM agenda")
        wait = LONGEST_SLEEP if row is None or row["at"] is None else row["at"] - sandbox.clock()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(sandbox.agenda_changed.wait(), max(0.05, min(wait, LONGEST_SLEEP)))
