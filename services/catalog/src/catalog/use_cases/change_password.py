"""A creator gives themselves another password."""

from uuid import UUID

from chassis.db import Database, Tx

from catalog import store
from catalog.errors import WrongPassword
from catalog.models import Creator, LetterPurpose
from catalog.ports import Passwords
from catalog.use_cases.keep_session import end_all_sessions
from catalog.use_cases.write_letter import forget_letters, write_letter


async def must_be_password(db: Database, passwords: Passwords, creator_id: UUID, password: str) -> str:
    """The hash that `password` was found to be right by, for `creator_by_password`. Raises WrongPassword, NotFound."""
    async with db.reading() as session:
        kept = (await store.creator(session, creator_id)).password_hash
    if not await passwords.verify(password, kept):
        raise WrongPassword
    return kept


async def creator_by_password(tx: Tx, creator_id: UUID, proven: str) -> Creator:
    """The creator, to be changed, while their password is still the one that was `proven`.

    Hashing takes its time outside of the transaction, and waits its turn: the password may have been replaced, or
    the account erased, since. Raises WrongPassword, NotFound.
    """
    creator = await store.creator(tx.session, creator_id, to_change=True)
    if creator.password_hash != proven:
        raise WrongPassword
    return creator


async def change_password(db: Database, passwords: Passwords, creator_id: UUID, password: str, wanted: str) -> None:
    """All sessions end: who knew the old password is out. Raises WrongPassword."""
    proven = await must_be_password(db, passwords, creator_id, password)
    kept = await passwords.hash(wanted)
    async with db.transaction() as tx:
        creator = await creator_by_password(tx, creator_id, proven)
        await replace_password(tx, creator, kept, "password-changed")


async def replace_password(tx: Tx, creator: Creator, kept: str, because: str) -> None:
    """Sessions end, links that could change the account die, and its address is told."""
    creator.password_hash = kept
    await end_all_sessions(tx, creator.id, because)
    await forget_letters(tx, creator.id, LetterPurpose.RESET_PASSWORD, LetterPurpose.CHANGE_EMAIL)
    await write_letter(tx, creator, LetterPurpose.PASSWORD_CHANGED)
    await tx.log_security(because, creator.id)
