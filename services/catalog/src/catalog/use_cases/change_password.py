"""A creator gives themselves another password."""

from uuid import UUID

from chassis.db import Database, Tx

from catalog import store
from catalog.errors import WrongPassword
from catalog.models import Creator, LetterPurpose
from catalog.ports import Passwords
from catalog.use_cases.keep_session import end_all_sessions
from catalog.use_cases.write_letter import forget_letters, write_letter


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
        await replace_password(tx, creator, kept, "password-changed")


async def replace_password(tx: Tx, creator: Creator, kept: str, because: str) -> None:
    """Sessions end, links that could change the account die, and its address is told."""
    creator.password_hash = kept
    await end_all_sessions(tx, creator.id, because)
    await forget_letters(tx, creator.id, LetterPurpose.RESET_PASSWORD, LetterPurpose.CHANGE_EMAIL)
    await write_letter(tx, creator, LetterPurpose.PASSWORD_CHANGED)
    await tx.log_security(because, creator.id)
