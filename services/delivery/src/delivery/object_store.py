"""R2, or any S3 API: the only room that speaks it. Source: Cloudflare R2, S3 API compatibility."""

from contextlib import AsyncExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Self
from urllib.parse import quote

import aioboto3
from aiobotocore.config import AioConfig
from botocore.exceptions import BotoCoreError, ClientError
from chassis import telemetry
from chassis.settings import ObjectStoreSettings

from delivery.errors import StorageUnavailable
from delivery.ports import DOWNLOAD_SECONDS

if TYPE_CHECKING:
    from types_aiobotocore_s3 import S3Client

log = telemetry.logger(__name__)
MISSING = {"404", "NoSuchKey"}
_OPTIONS = AioConfig(
    signature_version="s3v4",
    s3={"addressing_style": "path"},
    request_checksum_calculation="when_required",  # R2 refuses the checksum trailers that are sent otherwise
    response_checksum_validation="when_required",
    connect_timeout=2,
    read_timeout=5,
    retries={"max_attempts": 2, "mode": "standard"},
    max_pool_connections=50,
)


class S3Objects:
    """One client that asks the store, and one that signs for the address that browsers use."""

    def __init__(self, settings: ObjectStoreSettings) -> None:
        self._settings = settings
        self._bucket = settings.s3_bucket
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        inside = self._settings.s3_endpoint_url
        outside = self._settings.s3_public_endpoint_url or inside
        self._client = await self._connect(inside)
        self._signer = self._client if outside == inside else await self._connect(outside)
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
            session.client("s3", endpoint_url=endpoint, config=_OPTIONS)
        )
        return client

    async def exists(self, key: str) -> bool:
        """Raises StorageUnavailable when the store does not answer."""
        try:
            await self._client.head_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in MISSING:
                return False
            log.warning("object store refused", exc_info=error)
            raise StorageUnavailable from error
        except (BotoCoreError, OSError) as error:
            log.warning("object store not reachable", exc_info=error)
            raise StorageUnavailable from error
        return True

    async def sign_download(self, key: str, file_name: str, file_type: str) -> str:
        """Signed offline, for DOWNLOAD_SECONDS; the name as RFC 6266 has it, for old readers and new."""
        parameters = {
            "Bucket": self._bucket,
            "Key": key,
            "ResponseContentDisposition": attachment(file_name),
            "ResponseContentType": file_type,
        }
        url: str = await self._signer.generate_presigned_url("get_object", parameters, DOWNLOAD_SECONDS)
        return url


def attachment(file_name: str) -> str:
    """`Content-Disposition` with an ASCII name and the true one (RFC 8187)."""
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\' else "_" for c in file_name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file_name, safe='')}"
