"""Letters to a creator: owed, found by what their links bear, and forgotten."""

from uuid import UUID

from chassis.db import Tx
from sqlmodel import col, delete

from catalog import store
from catalog.models import TELLING, Creator, Letter, LetterPurpose


async def write_letter(tx: Tx, creator: Creator, purpose: LetterPurpose, email: str | None = None) -> Letter:
    """A letter to `email`, or to the creator's address; what asks, in the place of any that asked this before.

    `creator` was read for change, so that of two at once one is last.
    """
    letter = await prepare_letter(tx, creator, purpose, email)
    await tx.owe_mail(purpose, letter.id)
    return letter


async def prepare_letter(tx: Tx, creator: Creator, purpose: LetterPurpose, email: str | None = None) -> Letter:
    """The letter alone, for a mail that is owed about something else."""
    if purpose not in TELLING:
        await forget_letters(tx, creator.id, purpose)
    letter = Letter.to(creator.id, email or creator.email, purpose, tx.clock.now())
    tx.session.add(letter)
    await tx.session.flush()
    return letter


async def open_letter(tx: Tx, purpose: LetterPurpose, letter_id: UUID) -> tuple[Creator, Letter]:
    """The letter and whose it is, both locked. Raises LinkUnknown, LinkExpired."""
    found = await store.letter(tx.session, purpose, letter_id)
    creator = await store.creator(tx.session, found.creator_id, to_change=True)
    letter = await store.letter(tx.session, purpose, letter_id, to_change=True)
    letter.must_be_good(tx.clock.now())
    return creator, letter


async def forget_letters(tx: Tx, creator_id: UUID, *purposes: LetterPurpose) -> None:
    """Their links open nothing any more."""
    own = col(Letter.creator_id) == creator_id
    await tx.session.exec(delete(Letter).where(own, col(Letter.purpose).in_(purposes)))


async def forget_old_letters(tx: Tx) -> None:
    await tx.session.exec(delete(Letter).where(col(Letter.expires_at) < tx.clock.now()))
