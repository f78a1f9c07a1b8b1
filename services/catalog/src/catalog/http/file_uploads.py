"""Uploads: the file goes straight to the store, in parts; catalog signs where to, and judges what arrived."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from chassis.api import (
    InTransaction,
    RequestModel,
    ResponseModel,
    WithDatabase,
    idempotency_key,
    lock_key,
    remember,
)
from chassis.db import Database
from chassis.path_ids import ProductId, UploadId
from chassis.problems import problems
from chassis.scopes import ReadsProducts, WritesProducts
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import Field, StringConstraints, model_validator

from catalog import store
from catalog.http.needs import EvenThoughLive, WithObjects, WithSettings
from catalog.http.products import FileBody, body_of
from catalog.models import FileKind, FileUpload, Rejection, UploadState
from catalog.models.files import MAX_FILE_BYTES, PART_BYTES
from catalog.ports import Objects
from catalog.previews import FILE_TYPE
from catalog.use_cases.complete_upload import Completing, complete_upload, must_not_be_rejected
from catalog.use_cases.upload_file import (
    URLS_A_PAGE,
    Announced,
    SignedParts,
    abort_upload,
    arrived_parts,
    begin_upload,
    open_at_store,
    sign_page,
    sign_parts,
)

router = APIRouter(tags=["file uploads"])

PartNumber = Annotated[int, Field(ge=1, le=10_000)]
FileType = Annotated[
    str, StringConstraints(to_lower=True, max_length=127, pattern=r"^[A-Za-z0-9.+!#$&^_-]+/[A-Za-z0-9.+!#$&^_-]+$")
]
"""A MIME type, without parameters."""


class NewUpload(RequestModel):
    file_name: Annotated[str, StringConstraints(min_length=1, max_length=1024)]
    file_type: FileType
    file_size_bytes: int = Field(ge=1, le=MAX_FILE_BYTES)
    kind: FileKind = FileKind.ORIGINAL


class PartsWanted(RequestModel):
    """A page of them `from` a number on, or just the `numbers` given."""

    first: PartNumber | None = Field(default=None, alias="from")
    numbers: list[PartNumber] = Field(default_factory=list, max_length=URLS_A_PAGE)

    @model_validator(mode="after")
    def _one_of_both(self) -> "PartsWanted":
        if (self.first is None) == (not self.numbers):
            raise ValueError("give either `from` or `numbers`")
        return self


class SentPart(RequestModel):
    """`etag`: the header with which the store answered the PUT."""

    number: PartNumber
    etag: str = Field(min_length=1, max_length=200)


class Completion(RequestModel):
    parts: list[SentPart] = Field(min_length=1, max_length=10_000)
    sha256: Annotated[str, StringConstraints(to_lower=True, pattern=r"^[0-9a-fA-F]{64}$")]
    """Of the whole file, in hex."""


class PartUrl(ResponseModel):
    number: int
    url: str


class PartUrls(ResponseModel):
    """PUT each part's bytes to its `url`, in any order, again if need be, before `urlsExpireAt`."""

    parts: list[PartUrl]
    next_part: int | None
    urls_expire_at: datetime


class OpenedUpload(PartUrls):
    """Every part but the last has `partSizeBytes`. `expiresAt`: complete it before."""

    id: UUID
    part_size_bytes: int
    part_count: int
    expires_at: datetime


class ArrivedPartBody(ResponseModel):
    number: int
    etag: str
    size_bytes: int


class UploadFacts(ResponseModel):
    """An upload as it was announced, and how far it is."""

    id: UUID
    product_id: UUID
    kind: FileKind
    state: UploadState
    file_name: str
    file_type: str
    file_size_bytes: int
    created_at: datetime


class UploadBody(UploadFacts):
    """`arrived`: the parts that need not be sent again. `file`: what it became, once completed."""

    part_size_bytes: int
    part_count: int
    arrived: list[ArrivedPartBody]
    expires_at: datetime
    rejection: Rejection | None
    file: FileBody | None


@router.post(
    "/v1/products/{productId}/file-uploads",
    status_code=201,
    summary="Begin to upload a product's file or preview",
    responses=problems(401, 404, 409, 422, 503),
)
async def post_file_upload(
    product_id: ProductId,
    wanted: NewUpload,
    who: WritesProducts,
    request: Request,
    db: WithDatabase,
    objects: WithObjects,
    even_though_live: EvenThoughLive = False,
) -> OpenedUpload:
    """With an Idempotency-Key that was used before, the upload that was begun with it.

    409 `product-on-live-pages` for what would replace a file that is on sale.
    """
    announced = Announced(**wanted.model_dump(), even_though_live=even_though_live)
    key = idempotency_key(request)
    async with db.transaction() as tx:
        known = await lock_key(tx, request, key) if key else None
        if known is not None:
            upload = await store.upload(tx.session, who.creator_id, known["resource_id"])
        else:
            upload = await begin_upload(tx, who.creator_id, product_id, announced)
            if key is not None:
                await remember(tx, request, key, resource_id=upload.id)
    return await _opened(db, objects, upload)


async def _opened(db: Database, objects: Objects, upload: FileUpload) -> OpenedUpload:
    upload = await open_at_store(db, objects, upload)
    signed = await sign_page(db, objects, upload, 1)
    return OpenedUpload(
        id=upload.id,
        part_size_bytes=PART_BYTES,
        part_count=upload.part_count,
        expires_at=upload.expires_at,
        **_urls(signed).model_dump(),
    )


@router.post(
    "/v1/file-uploads/{uploadId}/parts",
    summary="Addresses for further parts, or new ones for some",
    responses=problems(401, 404, 409, 410, 422, 503),
)
async def post_parts(
    upload_id: UploadId, wanted: PartsWanted, who: WritesProducts, db: WithDatabase, objects: WithObjects
) -> PartUrls:
    upload = await _upload(db, who.creator_id, upload_id)
    if wanted.first is not None:
        return _urls(await sign_page(db, objects, upload, wanted.first))
    return _urls(await sign_parts(db, objects, upload, wanted.numbers))


@router.get(
    "/v1/file-uploads/{uploadId}",
    summary="How far an upload is: what has arrived, what became of it",
    responses=problems(401, 404, 422, 503),
)
async def get_file_upload(
    upload_id: UploadId, who: ReadsProducts, db: WithDatabase, objects: WithObjects
) -> UploadBody:
    upload = await _upload(db, who.creator_id, upload_id)
    return await _shown(db, objects, upload)


@router.post(
    "/v1/file-uploads/{uploadId}/complete",
    summary="All parts are sent: make them the product's file",
    response_model=FileBody,
    responses={
        202: {"model": UploadBody, "description": "It is large and being read through: ask for the upload"},
        **problems(401, 404, 409, 410, 422, 503),
    },
)
async def post_completion(
    upload_id: UploadId,
    completion: Completion,
    who: WritesProducts,
    db: WithDatabase,
    objects: WithObjects,
    settings: WithSettings,
    even_though_live: EvenThoughLive = False,
) -> FileBody | JSONResponse:
    """Size, SHA-256 and first bytes are compared with what was declared. A draft is published by its original.

    409 `parts-missing` names the parts to send again; 422 `file-rejected` says what is not as declared.
    409 `product-on-live-pages` when a page began to sell the product since the upload was begun.
    """
    upload = await _upload(db, who.creator_id, upload_id)
    etags = {part.number: part.etag for part in completion.parts}
    how = Completing(upload.file_size_bytes <= settings.verify_at_once_bytes, even_though_live)
    upload = await complete_upload(db, objects, upload, etags, completion.sha256, how)
    must_not_be_rejected(upload)
    if upload.state is UploadState.COMPLETED:
        return await _file(db, upload)
    shown = await _shown(db, objects, upload)
    return JSONResponse(shown.model_dump(mode="json", by_alias=True), 202)


@router.delete(
    "/v1/file-uploads/{uploadId}",
    status_code=204,
    summary="Give an upload up",
    responses=problems(401, 404, 409, 422),
)
async def delete_file_upload(upload_id: UploadId, who: WritesProducts, tx: InTransaction) -> None:
    """What has arrived is removed from the store. Again is harmless; 409 once it was completed."""
    await abort_upload(tx, who.creator_id, upload_id)


async def _upload(db: Database, creator_id: UUID, upload_id: UUID) -> FileUpload:
    async with db.reading() as session:
        return await store.upload(session, creator_id, upload_id)


def _urls(signed: SignedParts) -> PartUrls:
    parts = [PartUrl(number=number, url=url) for number, url in signed.urls.items()]
    return PartUrls(parts=parts, next_part=signed.next_part, urls_expire_at=signed.expire_at)


async def _shown(db: Database, objects: Objects, upload: FileUpload) -> UploadBody:
    is_open = upload.state is UploadState.OPEN
    arrived = await arrived_parts(objects, upload) if is_open else []
    return UploadBody(
        **upload.model_dump(include=_AS_THEY_ARE),
        part_size_bytes=PART_BYTES,
        part_count=upload.part_count,
        arrived=[ArrivedPartBody.model_validate(part) for part in arrived],
        file=await _file(db, upload) if upload.state is UploadState.COMPLETED else None,
    )


async def _file(db: Database, upload: FileUpload) -> FileBody:
    """What it became: the product's file, or one that was the product's file, or a preview."""
    async with db.reading() as session:
        product = await store.product(session, upload.creator_id, upload.product_id)
    current = body_of(product, db.clock.now()).file
    if current is not None and current.id == upload.file_id:
        return current
    facts = upload.model_dump(include=set(FileBody.model_fields) - {"id", "preview"})
    if upload.rendition_key is not None:
        facts |= {"file_name": upload.rendition_at[0], "storage_key": upload.rendition_key, "file_type": FILE_TYPE}
        facts |= {"file_size_bytes": upload.rendition_size_bytes, "sha256": upload.rendition_sha256}
    return FileBody(id=upload.file_id or upload.id, uploaded_at=upload.completed_at, preview=None, **facts)


_AS_THEY_ARE = set(UploadBody.model_fields) - {"part_size_bytes", "part_count", "arrived", "file"}
