"""What the use cases need from outside, as roles."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from contracts.catalog import StripeAccount


class Passwords(Protocol):
    async def hash(self, password: str) -> str:
        """What is kept in its place."""

    async def verify(self, password: str, kept: str | None) -> bool:
        """Whether `password` is the one that was `kept`; takes as long when nothing was."""


@dataclass(frozen=True)
class ConnectEvent:
    """What Stripe's Connect endpoint told: `account_id` is whom it is about."""

    id: str
    type: str
    account_id: str | None
    created_at: datetime


class Accounts(Protocol):
    """Creators' accounts at Stripe. All raise StripeUnavailable or StripeRefused."""

    async def create(self, creator_id: UUID, attempt: int) -> StripeAccount:
        """A new account; the same one when asked again for the same `creator_id` and `attempt`."""

    async def onboarding_link(self, account_id: str) -> str:
        """Where its owner tells Stripe what Stripe wants to know; good for minutes."""

    async def read(self, account_id: str) -> StripeAccount | None:
        """As it is now; None when it is not ours any more."""


@dataclass(frozen=True)
class ArrivedPart:
    number: int
    etag: str
    size_bytes: int


class Objects(Protocol):
    """The object store. All raise StoreUnavailable."""

    async def begin(self, key: str, file_type: str, file_name: str) -> str:
        """Open a multipart upload to `key`: its id at the store."""

    async def sign_parts(self, key: str, upload_id: str, sizes: Mapping[int, int]) -> dict[int, str]:
        """By part number, the address to which exactly that many bytes can be PUT, for an hour."""

    async def parts(self, key: str, upload_id: str) -> list[ArrivedPart] | None:
        """What has arrived, by number; None when the store no longer knows the upload."""

    async def assemble(self, key: str, upload_id: str, parts: Sequence[ArrivedPart]) -> None:
        """Make one object of its parts; nothing happens when the store no longer knows the upload."""

    async def exists(self, key: str) -> bool:
        """Whether there is an object at `key`."""

    def read(self, key: str) -> AsyncIterator[bytes]:
        """The object from its beginning, in pieces of a MiB or less."""

    async def put(self, key: str, content: bytes, file_type: str, file_name: str) -> None:
        """Write `content` to `key`; served as the attachment `file_name`. Again is harmless."""

    async def sign_download(self, key: str, file_name: str) -> str:
        """The address from which the object can be fetched, as the attachment `file_name`, for an hour."""

    async def clear(self, key: str) -> None:
        """Leave nothing at `key`: neither an object nor an upload under way."""
