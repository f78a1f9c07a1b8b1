"""A creator gives themselves another password."""

from uuid import UUID

from chassis.db import Database

from catalog import store
from catalog.errors import WrongPassword
from catalog.ports import Passwords
from catalog.use_cases.keep_session import end_all_sessions


async def must_be_password(db: Database, passwords: Passwords, creator_id: UUID, password: str) -> None:
    """Raises WrongPassword unless it is this creator's; NotFound."""
    async with db.reading() as session:
        kept = (await store.creator(session, creator_id)).password_hash
    if not await passwords.verify(password, kept):
        raise WrongPassword


async def change_password(db: Database, passwords: Passwords, creator_id: UUID, password: str, wanted: str) -> None:
    """All sessions end: who knew the old password is out. Raises WrongPassword."""
    await must_be_password(db, passwords, creator_id, password)
    kept = await passwords.hash(wanted)
    async with db.transaction() as tx:
        creator = await store.creator(tx.session, creator_id, to_change=True)
        creator.password_hash = kept
        await end_all_sessions(tx, creator_id, "password-changed")
        await tx.log_security("password-changed", creator_id)
