"""A large launch neither floods the mail server nor holds up the mail of who registers elsewhere meanwhile."""

from chassis.db import Session

from leads import store

MOST_WAITING = 200
"""Mails of one kind that may wait to be sent; tellers come by once a second, so as many go out in one at most."""


async def room_for(session: Session, kind: str) -> int:
    """How many more mails of `kind` may be owed now."""
    return max(0, MOST_WAITING - await store.unsent_mails(session, kind))
