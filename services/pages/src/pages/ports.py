"""What pages needs from outside."""

from typing import Protocol


class Previews(Protocol):
    """Where the products' previews lie."""

    async def read(self, key: str) -> bytes | None:
        """The picture; None where there is none, or none that is small enough. Raises StorageUnavailable."""
