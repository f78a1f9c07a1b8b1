"""The connection to R2, or any S3 API. Source: Cloudflare R2, S3 API compatibility.

What is asked of the store stands in the `object_store` room of the service that asks.
"""

from contextlib import AsyncExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Self
from urllib.parse import quote

import aioboto3
from aiobotocore.config import AioConfig
from botocore.exceptions import ClientError

from chassis.settings import ObjectStoreSettings

if TYPE_CHECKING:
    from types_aiobotocore_s3 import S3Client

MISSING = {"404", "NoSuchKey", "NoSuchUpload"}


class ObjectStore:
    """One client for calls and, where browsers reach the store elsewhere, one that signs for that address."""

    client: "S3Client"
    signer: "S3Client"

    def __init__(self, settings: ObjectStoreSettings, *, read_timeout: float, attempts: int) -> None:
        """`read_timeout` in seconds, of each of `attempts` tries."""
        self._settings = settings
        self.bucket = settings.s3_bucket
        self._stack = AsyncExitStack()
        self._options = AioConfig(
            signature_version="s3v4",
            s3={"addressing_style": "path"},
            request_checksum_calculation="when_required",  # R2 refuses the checksum trailers that are sent otherwise
            response_checksum_validation="when_required",
            connect_timeout=min(5.0, read_timeout),
            read_timeout=read_timeout,
            retries={"max_attempts": attempts, "mode": "standard"},
            max_pool_connections=50,
        )

    async def __aenter__(self) -> Self:
        inside = self._settings.s3_endpoint_url
        outside = self._settings.s3_public_endpoint_url or inside
        self.client = await self._connect(inside)
        self.signer = self.client if outside == inside else await self._connect(outside)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def _connect(self, endpoint: str) -> "S3Client":
        session = aioboto3.Session(
            aws_access_key_id=self._settings.s3_access_key_id,
            aws_secret_access_key=self._settings.s3_secret_access_key,
            region_name=self._settings.s3_region,
        )
        client: S3Client = await self._stack.enter_async_context(
            session.client("s3", endpoint_url=endpoint, config=self._options)
        )
        return client


def error_code(error: ClientError) -> str:
    """The S3 error code, e.g. `NoSuchKey`; a HEAD's is the status, e.g. `404`."""
    return str(error.response.get("Error", {}).get("Code", ""))


def attachment(file_name: str) -> str:
    """`Content-Disposition` (RFC 6266) with an ASCII name for old readers and the true one (RFC 8187)."""
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\' else "_" for c in file_name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file_name, safe='')}"
