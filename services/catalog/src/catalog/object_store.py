"""R2, or any S3 API: the only room that speaks it. Source: Cloudflare R2, S3 API compatibility."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Self
from urllib.parse import quote

import aioboto3
from aiobotocore.config import AioConfig
from aiohttp import ClientError as ConnectionBroken
from botocore.exceptions import BotoCoreError, ClientError
from chassis import telemetry
from chassis.settings import ObjectStoreSettings

from catalog.errors import StoreUnavailable
from catalog.ports import ArrivedPart

if TYPE_CHECKING:
    from types_aiobotocore_s3 import S3Client

log = telemetry.logger(__name__)
PIECE_BYTES = 1024 * 1024
URL_SECONDS = 3600
MISSING = {"404", "NoSuchKey", "NoSuchUpload"}
NOT_TO_BE_ASSEMBLED = {"NoSuchUpload", "InvalidPart", "InvalidPartOrder", "EntityTooSmall", "MalformedXML"}
_OPTIONS = AioConfig(
    signature_version="s3v4",
    s3={"addressing_style": "path"},
    request_checksum_calculation="when_required",  # R2 refuses the checksum trailers that are sent otherwise
    response_checksum_validation="when_required",
    connect_timeout=5,
    read_timeout=60,
    retries={"max_attempts": 3, "mode": "standard"},
)


class S3Objects:
    """One client for calls and, where browsers reach the store elsewhere, one that signs for that address."""

    def __init__(self, settings: ObjectStoreSettings) -> None:
        self._settings = settings
        self._bucket = settings.s3_bucket
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        inside = self._settings.s3_endpoint_url
        self._client = await self._connect(inside)
        outside = self._settings.s3_public_endpoint_url
        self._signer = await self._connect(outside) if outside and outside != inside else self._client
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

    async def begin(self, key: str, file_type: str, file_name: str) -> str:
        """The object will be served as an attachment, whatever its type."""
        with _answering():
            answer = await self._client.create_multipart_upload(
                Bucket=self._bucket,
                Key=key,
                ContentType=file_type,
                ContentDisposition=f"attachment; filename*=UTF-8''{quote(file_name, safe='')}",
            )
        return answer["UploadId"]

    async def sign_parts(self, key: str, upload_id: str, sizes: Mapping[int, int]) -> dict[int, str]:
        """Content-Length is signed with the rest: another length is refused by the store."""
        urls = {}
        for number, size in sizes.items():
            parameters = {
                "Bucket": self._bucket,
                "Key": key,
                "UploadId": upload_id,
                "PartNumber": number,
                "ContentLength": size,
            }
            urls[number] = await self._signer.generate_presigned_url("upload_part", parameters, URL_SECONDS)
        return urls

    async def parts(self, key: str, upload_id: str) -> list[ArrivedPart] | None:
        found: list[ArrivedPart] = []
        with _answering():
            pages = self._client.get_paginator("list_parts")
            try:
                async for page in pages.paginate(Bucket=self._bucket, Key=key, UploadId=upload_id):
                    found += [
                        ArrivedPart(part["PartNumber"], part["ETag"], part["Size"]) for part in page.get("Parts", [])
                    ]
            except ClientError as error:
                if _code(error) in MISSING:
                    return None
                raise
        return found

    async def assemble(self, key: str, upload_id: str, parts: Sequence[ArrivedPart]) -> None:
        if not parts:
            return
        with _answering():
            try:
                await self._client.complete_multipart_upload(
                    Bucket=self._bucket,
                    Key=key,
                    UploadId=upload_id,
                    MultipartUpload={"Parts": [{"PartNumber": part.number, "ETag": part.etag} for part in parts]},
                )
            except ClientError as error:
                if _code(error) not in NOT_TO_BE_ASSEMBLED:
                    raise
                log.warning("upload not assembled", key=key, error=_code(error))

    async def exists(self, key: str) -> bool:
        with _answering():
            try:
                await self._client.head_object(Bucket=self._bucket, Key=key)
            except ClientError as error:
                if _code(error) in MISSING:
                    return False
                raise
        return True

    async def read(self, key: str) -> AsyncIterator[bytes]:
        """Nothing when there is no object."""
        with _answering():
            try:
                answer = await self._client.get_object(Bucket=self._bucket, Key=key)
            except ClientError as error:
                if _code(error) in MISSING:
                    return
                raise
            body = answer["Body"]
            async with body:
                async for piece in body.iter_chunks(PIECE_BYTES):
                    yield piece

    async def clear(self, key: str) -> None:
        with _answering():
            under_way = await self._client.list_multipart_uploads(Bucket=self._bucket, Prefix=key)
            for upload in under_way.get("Uploads", []):
                if upload["Key"] == key:
                    await self._abort(key, upload["UploadId"])
            await self._client.delete_object(Bucket=self._bucket, Key=key)

    async def _abort(self, key: str, upload_id: str) -> None:
        try:
            await self._client.abort_multipart_upload(Bucket=self._bucket, Key=key, UploadId=upload_id)
        except ClientError as error:
            if _code(error) not in MISSING:
                raise


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


@contextmanager
def _answering() -> Iterator[None]:
    """Whatever goes wrong at the store is StoreUnavailable to those who asked."""
    try:
        yield
    except (ClientError, BotoCoreError, ConnectionBroken, OSError, TimeoutError) as error:
        log.warning("object store failed", error=str(error))
        raise StoreUnavailable from error
