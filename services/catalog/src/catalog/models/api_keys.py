"""API keys, as their creators made them."""

from datetime import datetime
from typing import TypeVar
from uuid import UUID

from chassis.clock import new_id
from contracts.catalog import ApiKeyIssued, ApiKeyRevoked, ApiKeyState
from sqlalchemy import Column, Index, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from catalog.models.base import CatalogTable

Told = TypeVar("Told", bound=ApiKeyState)


class ApiKey(CatalogTable, table=True):
    """Known by its SHA-256 alone. In force until it expires, or is revoked: then it never is again."""

    __tablename__ = "issued_api_keys"
    __table_args__ = (Index("issued_api_keys_of_creator", "creator_id", "id"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    creator_id: UUID = Field(foreign_key="creators.id")
    name: str
    key_hash: str
    scopes: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    version: int = 1

    def issued(self) -> ApiKeyIssued:
        return self._state(ApiKeyIssued)

    def revoke(self, now: datetime) -> ApiKeyRevoked | None:
        """None when it was revoked before."""
        if self.revoked_at is not None:
            return None
        self.revoked_at = now
        self.version += 1
        return self._state(ApiKeyRevoked)

    def retold(self) -> ApiKeyState:
        """As it was told last."""
        return self._state(ApiKeyRevoked if self.revoked_at else ApiKeyIssued)

    def _state(self, kind: type[Told]) -> Told:
        return kind(**self.model_dump(exclude={"name"}))
