"""What catalog asks of the object store: multipart uploads, signed, assembled, read and cleared."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager

from aiohttp import ClientError as ConnectionBroken
from botocore.exceptions import BotoCoreError, ClientError
from chassis import telemetry
from chassis.object_store import MISSING, ObjectStore, attachment, error_code
from chassis.settings import ObjectStoreSettings

from catalog.errors import StoreUnavailable
from catalog.ports import ArrivedPart

log = telemetry.logger(__name__)
PIECE_BYTES = 1024 * 1024
URL_SECONDS = 3600
NOT_TO_BE_ASSEMBLED = {"NoSuchUpload", "InvalidPart", "InvalidPartOrder", "EntityTooSmall", "MalformedXML"}


class S3Objects(ObjectStore):
    """Uploads, read back and cleared away."""

    def __init__(self, settings: ObjectStoreSettings) -> None:
        super().__init__(settings, read_timeout=60, attempts=3)

    async def begin(self, key: str, file_type: str, file_name: str) -> str:
        """The object will be served as an attachment, whatever its type."""
        with _answering():
            answer = await self.client.create_multipart_upload(
                Bucket=self.bucket,
                Key=key,
                ContentType=file_type,
                ContentDisposition=attachment(file_name),
            )
        return answer["UploadId"]

    async def sign_parts(self, key: str, upload_id: str, sizes: Mapping[int, int]) -> dict[int, str]:
        """Content-Length is signed with the rest: another length is refused by the store."""
        urls = {}
        for number, size in sizes.items():
            parameters = {
                "Bucket": self.bucket,
                "Key": key,
                "UploadId": upload_id,
                "PartNumber": number,
                "ContentLength": size,
            }
            urls[number] = await self.signer.generate_presigned_url("upload_part", parameters, URL_SECONDS)
        return urls

    async def parts(self, key: str, upload_id: str) -> list[ArrivedPart] | None:
        found: list[ArrivedPart] = []
        with _answering():
            pages = self.client.get_paginator("list_parts")
            try:
                async for page in pages.paginate(Bucket=self.bucket, Key=key, UploadId=upload_id):
                    found += [
                        ArrivedPart(part["PartNumber"], part["ETag"], part["Size"]) for part in page.get("Parts", [])
                    ]
            except ClientError as error:
                if error_code(error) in MISSING:
                    return None
                raise
        return found

    async def assemble(self, key: str, upload_id: str, parts: Sequence[ArrivedPart]) -> None:
        if not parts:
            return
        with _answering():
            try:
                await self.client.complete_multipart_upload(
                    Bucket=self.bucket,
                    Key=key,
                    UploadId=upload_id,
                    MultipartUpload={"Parts": [{"PartNumber": part.number, "ETag": part.etag} for part in parts]},
                )
            except ClientError as error:
                if error_code(error) not in NOT_TO_BE_ASSEMBLED:
                    raise
                log.warning("upload not assembled", key=key, error=error_code(error))

    async def exists(self, key: str) -> bool:
        with _answering():
            try:
                await self.client.head_object(Bucket=self.bucket, Key=key)
            except ClientError as error:
                if error_code(error) in MISSING:
                    return False
                raise
        return True

    async def read(self, key: str) -> AsyncIterator[bytes]:
        """Nothing when there is no object."""
        with _answering():
            try:
                answer = await self.client.get_object(Bucket=self.bucket, Key=key)
            except ClientError as error:
                if error_code(error) in MISSING:
                    return
                raise
            body = answer["Body"]
            async with body:
                async for piece in body.iter_chunks(PIECE_BYTES):
                    yield piece

    async def put(self, key: str, content: bytes, file_type: str, file_name: str) -> None:
        with _answering():
            await self.client.put_object(
                Bucket=self.bucket,
                Key=key,
                Body=content,
                ContentType=file_type,
                ContentDisposition=attachment(file_name),
            )

    async def sign_download(self, key: str, file_name: str) -> str:
        parameters = {"Bucket": self.bucket, "Key": key, "ResponseContentDisposition": attachment(file_name)}
        url: str = await self.signer.generate_presigned_url("get_object", parameters, URL_SECONDS)
        return url

    async def clear(self, key: str) -> None:
        with _answering():
            under_way = await self.client.list_multipart_uploads(Bucket=self.bucket, Prefix=key)
            for upload in under_way.get("Uploads", []):
                if upload["Key"] == key:
                    await self._abort(key, upload["UploadId"])
            await self.client.delete_object(Bucket=self.bucket, Key=key)

    async def _abort(self, key: str, upload_id: str) -> None:
        try:
            await self.client.abort_multipart_upload(Bucket=self.bucket, Key=key, UploadId=upload_id)
        except ClientError as error:
            if error_code(error) not in MISSING:
                raise


@contextmanager
def _answering() -> Iterator[None]:
    """Whatever goes wrong at the store is StoreUnavailable to those who asked."""
    try:
        yield
    except (ClientError, BotoCoreError, ConnectionBroken, OSError, TimeoutError) as error:
        log.warning("object store failed", error=str(error))
        raise StoreUnavailable from error
