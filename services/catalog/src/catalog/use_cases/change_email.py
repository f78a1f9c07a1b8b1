"""A creator moves their account to another address."""

from uuid import UUID

from chassis.db import Database, Tx
from sqlalchemy.exc import IntegrityError

from catalog.errors import EmailTaken
from catalog.models import Creator, LetterPurpose
from catalog.ports import Passwords
from catalog.use_cases.change_password import creator_by_password, must_be_password
from catalog.use_cases.write_letter import forget_letters, open_letter, write_letter

_OF_THE_OLD_ADDRESS = (LetterPurpose.CHANGE_EMAIL, LetterPurpose.RESET_PASSWORD, LetterPurpose.VERIFY_EMAIL)


async def ask_to_change_email(db: Database, passwords: Passwords, creator_id: UUID, password: str, email: str) -> None:
    """A letter to the new address; until it is answered the old one stays. Raises WrongPassword.

    Whether the new one has an account already is not said here, but to who reads there.
    """
    proven = await must_be_password(db, passwords, creator_id, password)
    async with db.transaction() as tx:
        creator = await creator_by_password(tx, creator_id, proven)
        await write_letter(tx, creator, LetterPurpose.CHANGE_EMAIL, email)
        await tx.log_security("email-change-asked", creator_id)


async def change_email(tx: Tx, letter_id: UUID) -> Creator:
    """The address of the letter is the account's from now on, and the old one is told. Good once.

    Raises LinkUnknown, LinkExpired, EmailTaken.
    """
    creator, letter = await open_letter(tx, LetterPurpose.CHANGE_EMAIL, letter_id)
    before = creator.email
    creator.move_to(letter.email, tx.clock.now())
    try:
        await tx.session.flush()
    except IntegrityError as error:
        raise EmailTaken from error
    await forget_letters(tx, creator.id, *_OF_THE_OLD_ADDRESS)
    await write_letter(tx, creator, LetterPurpose.EMAIL_CHANGED, before)
    await tx.log_security("email-changed", creator.id)
    return creator
