"""Somebody becomes a creator."""

from chassis.db import Tx
from sqlalchemy.exc import IntegrityError

from catalog.errors import EmailTaken
from catalog.models import Creator, LetterPurpose
from catalog.use_cases.write_letter import prepare_letter


async def register_creator(tx: Tx, email: str, name: str, password_hash: str) -> Creator:
    """Raises EmailTaken; the index decides, so that of two at once one is refused."""
    now = tx.clock.now()
    creator = Creator(email=email, name=name, password_hash=password_hash, created_at=now, updated_at=now)
    tx.session.add(creator)
    try:
        await tx.session.flush()
    except IntegrityError as error:
        raise EmailTaken from error
    tx.publish(creator.registered())
    await prepare_letter(tx, creator, LetterPurpose.VERIFY_EMAIL)
    await tx.owe_mail("welcome", creator.id)
    await tx.log_security("creator-registered", creator.id)
    return creator
