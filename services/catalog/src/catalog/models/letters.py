"""Letters to a creator's address: what they are about, and how long their links are good."""

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from chassis.clock import new_id
from sqlmodel import Field

from catalog.errors import LinkExpired
from catalog.models.base import CatalogTable, words


class LetterPurpose(StrEnum):
    """What a letter asks for, or tells. The value is the kind of its mail, too."""

    VERIFY_EMAIL = "verify-email"
    RESET_PASSWORD = "reset-password"  # noqa: S105 - a word, not a secret
    CHANGE_EMAIL = "change-email"
    EMAIL_CHANGED = "email-changed"
    PASSWORD_CHANGED = "password-changed"  # noqa: S105


TELLING = frozenset({LetterPurpose.EMAIL_CHANGED, LetterPurpose.PASSWORD_CHANGED})
"""Of these each is sent, whatever happens after it: they have no link, and warn who reads there of what was done."""
LIVES = {
    LetterPurpose.VERIFY_EMAIL: timedelta(days=7),
    LetterPurpose.RESET_PASSWORD: timedelta(hours=1),
    LetterPurpose.CHANGE_EMAIL: timedelta(days=1),
    LetterPurpose.EMAIL_CHANGED: timedelta(days=7),
    LetterPurpose.PASSWORD_CHANGED: timedelta(days=7),
}
"""How long a link is good; of a letter that only tells, how long its sending is tried."""


class Letter(CatalogTable, table=True):
    """One letter to `email`. Its link's secret is derived from its id; without this row the link opens nothing.

    Of a purpose that asks, a creator has one at a time: asked for again, or answered, it is gone.
    """

    __tablename__ = "letters"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    creator_id: UUID = Field(foreign_key="creators.id", index=True)
    purpose: LetterPurpose = Field(sa_type=words(LetterPurpose))
    email: str
    created_at: datetime
    expires_at: datetime = Field(index=True)

    @classmethod
    def to(cls, creator_id: UUID, email: str, purpose: LetterPurpose, now: datetime) -> "Letter":
        return cls(creator_id=creator_id, purpose=purpose, email=email, created_at=now, expires_at=now + LIVES[purpose])

    def must_be_good(self, now: datetime) -> None:
        """Raises LinkExpired from the instant of its expiry on."""
        if now >= self.expires_at:
            raise LinkExpired
