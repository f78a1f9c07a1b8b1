"""A creator who forgot their password gives themselves another, by a link sent to their address."""

from uuid import UUID

from chassis.db import Database, Tx

from catalog import store
from catalog.models import LetterPurpose
from catalog.ports import Passwords
from catalog.use_cases.change_password import replace_password
from catalog.use_cases.write_letter import open_letter, write_letter

PURPOSE = LetterPurpose.RESET_PASSWORD


async def ask_for_reset(tx: Tx, email: str) -> None:
    """A letter to the account of `email`; nothing for an address that has none, and nobody is told which."""
    creator = await store.creator_by_email(tx.session, email, to_change=True)
    await tx.log_security("password-reset-asked", creator.id if creator else None)
    if creator is not None:
        await write_letter(tx, creator, PURPOSE)


async def reset_password(db: Database, passwords: Passwords, letter_id: UUID, wanted: str) -> None:
    """Good once: all sessions end, and the address counts as verified. Raises LinkUnknown, LinkExpired.

    The link is looked at before the password is hashed, so that a made-up one costs no work.
    """
    async with db.reading() as session:
        (await store.letter(session, PURPOSE, letter_id)).must_be_good(db.clock.now())
    kept = await passwords.hash(wanted)
    async with db.transaction() as tx:
        creator, letter = await open_letter(tx, PURPOSE, letter_id)
        if letter.email == creator.email:
            creator.verify_email(tx.clock.now())
        await replace_password(tx, creator, kept, "password-reset")
