"""Sessions: a family of refresh tokens, of which one at a time is good, once."""

from datetime import datetime, timedelta
from uuid import UUID

from chassis.clock import new_id
from sqlmodel import Field

from catalog.models.base import CatalogTable

SESSION_LIVES = timedelta(days=30)
"""Without a refresh. Each one begins this anew."""


class Session(CatalogTable, table=True):
    """One sign-in on one device. Ended, it is never opened again."""

    __tablename__ = "sessions"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    creator_id: UUID = Field(foreign_key="creators.id", index=True)
    created_at: datetime
    expires_at: datetime = Field(index=True)
    ended_at: datetime | None = None
    ended_because: str | None = None

    def is_open(self, now: datetime) -> bool:
        return self.ended_at is None and now < self.expires_at

    def prolong(self, now: datetime) -> None:
        self.expires_at = now + SESSION_LIVES

    def end(self, because: str, now: datetime) -> None:
        """The first reason stays."""
        if self.ended_at is None:
            self.ended_at, self.ended_because = now, because


class RefreshToken(CatalogTable, table=True):
    """Known by its SHA-256 alone. One that comes back after it was used was stolen, or its thief uses it now."""

    __tablename__ = "refresh_tokens"

    token_hash: str = Field(primary_key=True)
    session_id: UUID = Field(foreign_key="sessions.id", ondelete="CASCADE", index=True)
    created_at: datetime
    used_at: datetime | None = None
