"""A large launch neither floods the mail server nor holds up the mail of who registers elsewhere meanwhile."""

from chassis.db import Session

from leads import store

MOST_WAITING = 50
"""Mails of one kind that may wait to be sent: what another mail waits for at most, however slow the mail server.
Tellers come by four times a second, so that 200 go out in one at most."""


async def room_for(session: Session, kind: str) -> int:
    """How many more mails of `kind` may be owed now."""
    return max(0, MOST_WAITING - await store.unsent_mails(session, kind))
