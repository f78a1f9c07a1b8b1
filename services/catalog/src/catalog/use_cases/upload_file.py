"""A file on its way: an upload is opened, its parts arrive at the store, or it is given up."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from chassis.db import Database, Tx
from chassis.errors import Invalid

from catalog import file_names, store
from catalog.file_types import PREVIEW_TYPES
from catalog.models import FileKind, FileUpload, Product
from catalog.models.files import MAX_PREVIEW_BYTES, UPLOAD_LIVES
from catalog.ports import ArrivedPart, Objects
from catalog.use_cases.spare_live_pages import must_not_be_on_sale

URLS_A_PAGE = 100
URL_LIVES = timedelta(hours=1)
BATCH = 50


@dataclass(frozen=True)
class Announced:
    """A file as its uploader describes it."""

    file_name: str
    file_type: str
    file_size_bytes: int
    kind: FileKind
    even_though_live: bool = False


@dataclass(frozen=True)
class SignedParts:
    """Where parts go, by number, until `expire_at`; the page after this one begins at `next_part`."""

    urls: dict[int, str]
    next_part: int | None
    expire_at: datetime


async def begin_upload(tx: Tx, creator_id: UUID, product_id: UUID, announced: Announced) -> FileUpload:
    """Note the upload, under a storage key that no other has or had: what is sold is never written over or cleared.

    Raises ProductOnLivePages for what would replace a file that is on sale, unless that is known.
    """
    product = await store.product(tx.session, creator_id, product_id, to_change=True)
    product.must_not_be_withdrawn()
    name = _checked(announced)
    if announced.kind is FileKind.ORIGINAL and not announced.even_though_live:
        await must_replace_nothing_on_sale(tx, product)
    now = tx.clock.now()
    folder = f"products/{creator_id}/{product_id}/{announced.kind}/"
    taken = {key.removeprefix(folder) for key in await store.taken_keys(tx.session, product_id)}
    upload = FileUpload(
        product_id=product_id,
        creator_id=creator_id,
        kind=announced.kind,
        file_name=name,
        file_type=announced.file_type,
        file_size_bytes=announced.file_size_bytes,
        even_though_live=announced.even_though_live,
        storage_key=folder + file_names.free(name, taken),
        created_at=now,
        expires_at=now + UPLOAD_LIVES,
    )
    tx.session.add(upload)
    await tx.session.flush()
    return upload


async def must_replace_nothing_on_sale(tx: Tx, product: Product) -> None:
    """Raises ProductOnLivePages when the product has a file, and a page that sells it has not closed."""
    if product.file_id is not None:
        await must_not_be_on_sale(tx, product.creator_id, product.id)


def _checked(announced: Announced) -> str:
    """The file's name, cleaned; raises Invalid for what a preview cannot be."""
    if not (name := file_names.clean(announced.file_name)):
        raise Invalid("#/fileName", "Nothing is left of this name without its path and control characters.")
    if announced.kind is FileKind.PREVIEW and announced.file_type not in PREVIEW_TYPES:
        raise Invalid("#/fileType", f"A preview is one of {', '.join(sorted(PREVIEW_TYPES))}.")
    if announced.kind is FileKind.PREVIEW and announced.file_size_bytes > MAX_PREVIEW_BYTES:
        raise Invalid("#/fileSizeBytes", f"A preview has at most {MAX_PREVIEW_BYTES} bytes.")
    return name


async def open_at_store(db: Database, objects: Objects, upload: FileUpload) -> FileUpload:
    """Open it at the store too, unless that was done. Of two at once, one stays; clearing finds the other."""
    if upload.store_upload_id is not None:
        return upload
    store_upload_id = await objects.begin(upload.storage_key, upload.file_type, upload.file_name)
    async with db.transaction() as tx:
        current = await store.upload(tx.session, upload.creator_id, upload.id, to_change=True)
        current.store_upload_id = current.store_upload_id or store_upload_id
    return current


async def sign_page(db: Database, objects: Objects, upload: FileUpload, first: int) -> SignedParts:
    """Addresses for a page of parts from number `first` on. Raises UploadClosed, UploadExpired, Invalid."""
    if first > upload.part_count:
        raise Invalid("#/from", f"There are {upload.part_count} parts.")
    following = first + URLS_A_PAGE
    signed = await sign_parts(db, objects, upload, range(first, min(following, upload.part_count + 1)))
    return SignedParts(signed.urls, following if following <= upload.part_count else None, signed.expire_at)


async def sign_parts(db: Database, objects: Objects, upload: FileUpload, numbers: Iterable[int]) -> SignedParts:
    """Addresses for just these parts, each good for exactly the bytes the part has."""
    now = db.clock.now()
    upload.must_take_parts(now)
    upload = await open_at_store(db, objects, upload)
    assert upload.store_upload_id is not None
    sizes: dict[int, int] = {}
    for position, number in enumerate(numbers):
        if number > upload.part_count:
            raise Invalid(f"#/numbers/{position}", f"There are {upload.part_count} parts.")
        sizes[number] = upload.size_of_part(number)
    urls = await objects.sign_parts(upload.storage_key, upload.store_upload_id, sizes)
    return SignedParts(urls, None, now + URL_LIVES)


async def arrived_parts(objects: Objects, upload: FileUpload) -> list[ArrivedPart]:
    """What the store has of it: from here an uploader goes on after a break."""
    if upload.store_upload_id is None:
        return []
    return await objects.parts(upload.storage_key, upload.store_upload_id) or []


async def abort_upload(tx: Tx, creator_id: UUID, upload_id: UUID) -> None:
    """Give it up; what it left at the store is cleared away soon. Again is harmless."""
    upload = await store.upload(tx.session, creator_id, upload_id, to_change=True)
    upload.abort()


async def abort_abandoned(tx: Tx) -> None:
    """Give up those that were not completed in time."""
    for upload in await store.abandoned_uploads(tx.session, tx.clock.now(), BATCH):
        upload.abort()


async def clear_store(db: Database, objects: Objects) -> None:
    """Remove from the store what aborted and rejected uploads left there; their keys are given to no other.

    Raises StoreUnavailable: the next run begins after the upload that it was met at, which is tried again later.
    """
    for _ in range(BATCH):
        async with db.transaction() as tx:
            upload = await store.upload_to_clear(tx.session, tx.clock.now())
            if upload is None:
                return
            upload.take_up_clearing(tx.clock.now())
        for key in upload.keys_to_clear:
            await objects.clear(key)
        async with db.transaction() as tx:
            cleared = await store.upload(tx.session, upload.creator_id, upload.id, to_change=True)
            cleared.cleared_at = tx.clock.now()
            if cleared.is_forgotten:
                await tx.session.delete(cleared)
