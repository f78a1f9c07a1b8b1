"""Signing in, staying signed in, signing out."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from chassis.db import Database, Tx
from chassis.keyring import token_hash
from sqlmodel import col, delete, select

from catalog import store
from catalog.errors import SessionEnded, WrongSignIn
from catalog.models import RefreshToken, Session
from catalog.ports import Passwords

KEPT_AFTER_ITS_END = timedelta(days=30)


@dataclass(frozen=True)
class SignedIn:
    """Who, and the refresh token that is good for one use: told once, kept as its hash alone."""

    creator_id: UUID
    refresh_token: str


async def open_session(db: Database, passwords: Passwords, email: str, password: str) -> SignedIn:
    """Raises WrongSignIn, after the same work for an address that is known and one that is not.

    A password that was replaced while its hash was compared opens nothing.
    """
    async with db.reading() as session:
        found = await store.creator_by_email(session, email)
    proven = found.password_hash if found else None
    right = await passwords.verify(password, proven)
    async with db.transaction() as tx:
        creator = await store.creator_by_email(tx.session, email, to_change=right)
        if right and creator and creator.password_hash == proven:
            await tx.log_security("signed-in", creator.id)
            return await _begin(tx, creator.id)
        await tx.log_security("sign-in-refused", creator.id if creator else None)
    raise WrongSignIn


async def _begin(tx: Tx, creator_id: UUID) -> SignedIn:
    now = tx.clock.now()
    session = Session(creator_id=creator_id, created_at=now, expires_at=now)
    session.prolong(now)
    tx.session.add(session)
    await tx.session.flush()
    return SignedIn(creator_id, _new_token(tx, session))


def _new_token(tx: Tx, session: Session) -> str:
    token = secrets.token_urlsafe(32)
    tx.session.add(RefreshToken(token_hash=token_hash(token), session_id=session.id, created_at=tx.clock.now()))
    return token


async def refresh_session(db: Database, token: str) -> SignedIn:
    """The next token for `token`. One that was used before ends the session for all who hold it.

    Raises SessionEnded, after that end has been committed.
    """
    async with db.transaction() as tx:
        if (found := await _find(tx, token)) is not None:
            used, session = found
            if session.is_open(tx.clock.now()) and used.used_at is None:
                return _rotate(tx, used, session)
            if used.used_at is not None:
                await _end(tx, session, "refresh-token-reused")
    raise SessionEnded


def _rotate(tx: Tx, used: RefreshToken, session: Session) -> SignedIn:
    now = tx.clock.now()
    used.used_at = now
    session.prolong(now)
    return SignedIn(session.creator_id, _new_token(tx, session))


async def end_session(tx: Tx, token: str) -> None:
    """Sign out; a token that is unknown or was used changes nothing for the caller."""
    if (found := await _find(tx, token)) is not None:
        await _end(tx, found[1], "signed-out")


async def end_all_sessions(tx: Tx, creator_id: UUID, because: str) -> None:
    """Sign out on every device. Access tokens that are about live out their minutes."""
    query = select(Session).where(col(Session.creator_id) == creator_id, col(Session.ended_at).is_(None))
    for session in (await tx.session.exec(query.with_for_update())).all():
        await _end(tx, session, because)


async def _end(tx: Tx, session: Session, because: str) -> None:
    if session.ended_at is None:
        session.end(because, tx.clock.now())
        await tx.log_security(f"session-ended:{because}", session.creator_id)


async def _find(tx: Tx, token: str) -> tuple[RefreshToken, Session] | None:
    """The token and its session, both locked."""
    query = (
        select(RefreshToken, Session)
        .join(Session, col(Session.id) == col(RefreshToken.session_id))
        .where(col(RefreshToken.token_hash) == token_hash(token))
        .with_for_update()
    )
    row = (await tx.session.exec(query)).first()
    return (row[0], row[1]) if row else None


async def forget_sessions(tx: Tx) -> None:
    """Remove, with their tokens, sessions that ran out a month ago."""
    before = tx.clock.now() - KEPT_AFTER_ITS_END
    await tx.session.exec(delete(Session).where(col(Session.expires_at) < before))
