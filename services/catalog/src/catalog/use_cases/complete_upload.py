"""An upload is completed: its parts become one object, which is read through and then becomes the product's file.

Every step can be taken again, by whoever comes after one who died: the object is there or is not, and the row
says `verifying` until the verdict is committed.
"""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from chassis.db import Database, Tx
from chassis.pictures import NotAPicture

from catalog import store
from catalog.errors import FileRejected, PartsMissing
from catalog.file_types import HEAD_BYTES, agrees
from catalog.models import File, FileKind, FileUpload, Rejection, Rendition, UploadState
from catalog.ports import ArrivedPart, Objects
from catalog.previews import FILE_TYPE, web_sized
from catalog.use_cases.upload_file import must_replace_nothing_on_sale

_REASONS = {
    Rejection.SIZE: ("#/fileSizeBytes", "The file has another size than was declared."),
    Rejection.DIGEST: ("#/sha256", "The file has another SHA-256 than was declared."),
    Rejection.TYPE: ("#/fileType", "The file's first bytes are not of the type that was declared."),
    Rejection.PICTURE: ("#/fileType", "The picture cannot be read, or has too many pixels."),
    Rejection.LOST: ("#/parts", "The store no longer has the parts."),
}


@dataclass(frozen=True)
class Content:
    """What was found when the object was read through."""

    size_bytes: int
    sha256: str
    head: bytes


@dataclass(frozen=True)
class Completing:
    """Verify `at_once`, or leave that to the sweeper; `even_though_live`: what is on sale may be replaced."""

    at_once: bool
    even_though_live: bool = False


async def complete_upload(
    db: Database, objects: Objects, upload: FileUpload, etags: Mapping[int, str], sha256: str, how: Completing
) -> FileUpload:
    """All parts are there, says the uploader. Again is harmless.

    Raises PartsMissing, naming those to be sent again; UploadClosed or UploadExpired; ProductOnLivePages.
    """
    missing = await _missing(objects, upload, etags) if upload.state is UploadState.OPEN else []
    async with db.transaction() as tx:
        current = await store.upload(tx.session, upload.creator_id, upload.id, to_change=True)
        if current.state in {UploadState.OPEN, UploadState.ABORTED}:
            current.must_take_parts(tx.clock.now())
            _must_be_none(missing)
            if not how.even_though_live:
                await _must_be_known_to_replace(tx, current)
            current.begin_verifying(sha256, tx.clock.now())
        if how.at_once and current.state is UploadState.VERIFYING:
            current.lease(tx.clock.now())
    return await finish_upload(db, objects, current) if how.at_once else current


async def _must_be_known_to_replace(tx: Tx, upload: FileUpload) -> None:
    """Asked again: a page may have gone on sale while the parts were sent. Raises ProductOnLivePages."""
    if upload.kind is FileKind.ORIGINAL and not upload.even_though_live:
        await must_replace_nothing_on_sale(tx, await store.product(tx.session, upload.creator_id, upload.product_id))


async def _missing(objects: Objects, upload: FileUpload, etags: Mapping[int, str]) -> list[int]:
    """Numbers of the parts that are not at the store as they should be. All, once another has assembled them."""
    arrived = {part.number: part for part in await _arrived(objects, upload)}
    numbers = range(1, upload.part_count + 1)
    return [number for number in numbers if not _is_whole(upload, number, arrived.get(number), etags)]


def _must_be_none(missing: Sequence[int]) -> None:
    """Judged under the row's lock: of two who complete at once, the later finds nothing at the store."""
    if missing:
        raise PartsMissing(missing)


def _is_whole(upload: FileUpload, number: int, part: ArrivedPart | None, etags: Mapping[int, str]) -> bool:
    return (
        part is not None
        and part.size_bytes == upload.size_of_part(number)
        and part.etag.strip('"') == etags.get(number, "").strip('"')
    )


async def _arrived(objects: Objects, upload: FileUpload) -> list[ArrivedPart]:
    if upload.store_upload_id is None:
        return []
    return await objects.parts(upload.storage_key, upload.store_upload_id) or []


async def finish_upload(db: Database, objects: Objects, upload: FileUpload) -> FileUpload:
    """Read the object through and settle what becomes of it. Two at once find the same, and one settles it."""
    if upload.state is not UploadState.VERIFYING:
        return upload
    await _assemble(objects, upload)
    rejection = _verdict(upload, await _read_through(objects, upload.storage_key))
    rendition = None
    if rejection is None and upload.kind is FileKind.PREVIEW:
        rendition = await _render(objects, upload)
        rejection = None if rendition else Rejection.PICTURE
    async with db.transaction() as tx:
        return await _settle(tx, upload, rejection, rendition)


async def _render(objects: Objects, upload: FileUpload) -> Rendition | None:
    """The preview as it is shown, at the store; None for what cannot be drawn."""
    content = b"".join([piece async for piece in objects.read(upload.storage_key)])
    try:
        drawn = await asyncio.to_thread(web_sized, content)
    except NotAPicture:
        return None
    name, key = upload.rendition_at
    await objects.put(key, drawn, FILE_TYPE, name)
    return Rendition(name, key, FILE_TYPE, len(drawn), hashlib.sha256(drawn).hexdigest())


async def _assemble(objects: Objects, upload: FileUpload) -> None:
    """Make one object of the parts, unless one who died had done so."""
    if upload.store_upload_id is None or await objects.exists(upload.storage_key):
        return
    await objects.assemble(upload.storage_key, upload.store_upload_id, await _arrived(objects, upload))


async def _read_through(objects: Objects, key: str) -> Content:
    """Piece by piece, whatever its size; hashed outside of the event loop."""
    digest, size, head = hashlib.sha256(), 0, b""
    async for piece in objects.read(key):
        await asyncio.to_thread(digest.update, piece)
        size += len(piece)
        if len(head) < HEAD_BYTES:
            head = (head + piece)[:HEAD_BYTES]
    return Content(size, digest.hexdigest(), head)


def _verdict(upload: FileUpload, content: Content) -> Rejection | None:
    if content.size_bytes == 0:
        return Rejection.LOST
    if content.size_bytes != upload.file_size_bytes:
        return Rejection.SIZE
    if content.sha256 != upload.sha256:
        return Rejection.DIGEST
    return None if agrees(content.head, upload.file_type) else Rejection.TYPE


async def _settle(tx: Tx, upload: FileUpload, rejection: Rejection | None, rendition: Rendition | None) -> FileUpload:
    product = await store.product(tx.session, upload.creator_id, upload.product_id, to_change=True)
    current = await store.upload(tx.session, upload.creator_id, upload.id, to_change=True)
    if current.state is not UploadState.VERIFYING:
        return current
    if rejection is not None:
        current.reject(rejection)
        await tx.log_security("file-rejected", upload.creator_id, upload=str(upload.id), reason=rejection)
        return current
    now = tx.clock.now()
    if rendition is not None:
        tx.publish(product.receive_preview(rendition, now))
        current.complete_preview(rendition, now)
        return current
    file = _file_of(upload, now)
    tx.session.add(file)
    await tx.session.flush()
    tx.publish(product.receive_original(file, now))
    current.complete(file, now)
    return current


def _file_of(upload: FileUpload, now: datetime) -> File:
    return File(
        product_id=upload.product_id,
        file_name=upload.file_name,
        file_type=upload.file_type,
        storage_key=upload.storage_key,
        file_size_bytes=upload.file_size_bytes,
        uploaded_at=now,
        sha256=str(upload.sha256),
    )


def must_not_be_rejected(upload: FileUpload) -> None:
    """Raises FileRejected with the reason."""
    if upload.rejection is not None:
        raise FileRejected(*_REASONS[upload.rejection])


async def verify_next(db: Database, objects: Objects) -> bool:
    """Take up one upload that nobody verifies: a large one, or one whose verifier died. False when there is none."""
    async with db.transaction() as tx:
        upload = await store.upload_to_verify(tx.session, tx.clock.now())
        if upload is None:
            return False
        upload.lease(tx.clock.now())
    await finish_upload(db, objects, upload)
    return True
