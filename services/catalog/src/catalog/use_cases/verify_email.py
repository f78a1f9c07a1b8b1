"""A creator shows that they read what is sent to their address."""

from uuid import UUID

from chassis.db import Tx

from catalog import store
from catalog.errors import LinkUnknown
from catalog.models import Creator, LetterPurpose
from catalog.use_cases.write_letter import open_letter, write_letter


async def ask_to_verify(tx: Tx, creator_id: UUID) -> None:
    """Another letter; nobody is asked who has shown it."""
    creator = await store.creator(tx.session, creator_id, to_change=True)
    if not creator.email_verified:
        await write_letter(tx, creator, LetterPurpose.VERIFY_EMAIL)


async def verify_email(tx: Tx, letter_id: UUID) -> Creator:
    """Again is harmless, while the address is the one the letter went to. Raises LinkUnknown, LinkExpired."""
    creator, letter = await open_letter(tx, LetterPurpose.VERIFY_EMAIL, letter_id)
    if letter.email != creator.email:
        raise LinkUnknown
    if creator.verify_email(tx.clock.now()):
        await tx.log_security("email-verified", creator.id)
    return creator
