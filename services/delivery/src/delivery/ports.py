"""What delivery needs from outside."""

from typing import Protocol


class Objects(Protocol):
    """Where the files lie."""

    async def exists(self, key: str) -> bool:
        """Whether the object is there; raises StorageUnavailable."""

    async def sign_download(self, key: str, file_name: str, file_type: str) -> str:
        """An address that serves the object as the attachment `file_name` for DOWNLOAD_SECONDS."""


DOWNLOAD_SECONDS = 60
