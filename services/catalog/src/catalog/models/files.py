"""Files as they are sold, and the uploads they came by."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from chassis.clock import backoff, new_id
from sqlalchemy import BigInteger, Column, Index, text
from sqlmodel import Field

from catalog.errors import UploadClosed, UploadExpired
from catalog.models.base import FIRST_PAUSE, CatalogTable, words

MIB = 1024 * 1024
PART_BYTES = 8 * MIB
"""All parts but the last, as R2 wants them equal, of 5 MiB or more. 20 GiB are 2,560, of 10,000 allowed."""
MAX_FILE_BYTES = 20 * 1024 * MIB
MAX_PREVIEW_BYTES = 20 * MIB
UPLOAD_LIVES = timedelta(days=6)
"""A day less than R2 keeps what was never completed."""
VERIFY_BYTES_A_SECOND = 10 * MIB
"""A slow reader's pace: how long an upload that is being read through is left alone by the others."""


class FileKind(StrEnum):
    ORIGINAL = "original"
    PREVIEW = "preview"


class File(CatalogTable, table=True):
    """An original, as it was verified. A newer one takes its place on the product; this row stays."""

    __tablename__ = "files"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    product_id: UUID = Field(foreign_key="products.id", index=True)
    file_name: str
    file_type: str
    storage_key: str
    file_size_bytes: int = Field(sa_column=Column(BigInteger, nullable=False))
    uploaded_at: datetime
    sha256: str


class UploadState(StrEnum):
    """open → verifying → completed | rejected; open → aborted."""

    OPEN = "open"
    VERIFYING = "verifying"
    COMPLETED = "completed"
    REJECTED = "rejected"
    ABORTED = "aborted"


class Rejection(StrEnum):
    """Why what arrived is not what was declared."""

    SIZE = "size"
    DIGEST = "digest"
    TYPE = "type"
    LOST = "lost"
    PICTURE = "picture"


@dataclass(frozen=True)
class Rendition:
    """A preview as it is shown: another file than the one that was uploaded."""

    file_name: str
    storage_key: str
    file_type: str
    size_bytes: int
    sha256: str


class FileUpload(CatalogTable, table=True):
    """A multipart upload. `storage_key` is its own, also after what it left at the store was cleared."""

    __tablename__ = "file_uploads"
    __table_args__ = (
        Index("file_uploads_key", "storage_key", unique=True, postgresql_where=text("cleared_at IS NULL")),
        Index("file_uploads_open", "expires_at", postgresql_where=text("state = 'open'")),
        Index("file_uploads_verifying", "lease_until", postgresql_where=text("state = 'verifying'")),
        Index(
            "file_uploads_to_clear",
            "id",
            postgresql_where=text(
                "(state IN ('aborted', 'rejected') OR rendition_key IS NOT NULL) AND cleared_at IS NULL"
            ),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    product_id: UUID = Field(foreign_key="products.id", index=True)
    creator_id: UUID
    kind: FileKind = Field(sa_type=words(FileKind))
    file_name: str
    file_type: str
    file_size_bytes: int = Field(sa_column=Column(BigInteger, nullable=False))
    storage_key: str
    store_upload_id: str | None = None
    """The store's own id; absent until it has answered."""
    state: UploadState = Field(default=UploadState.OPEN, sa_type=words(UploadState))
    sha256: str | None = None
    """What the uploader says the whole file's digest is (hex)."""
    rejection: Rejection | None = Field(default=None, sa_type=words(Rejection))
    file_id: UUID | None = Field(default=None, foreign_key="files.id")
    rendition_key: str | None = None
    """Where a preview stands as it is shown; what was uploaded is then cleared."""
    rendition_size_bytes: int | None = Field(default=None, sa_type=BigInteger)
    rendition_sha256: str | None = None
    even_though_live: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})
    """Its creator knows that pages which have not closed sell what it replaces."""
    created_at: datetime
    expires_at: datetime
    completed_at: datetime | None = None
    lease_until: datetime | None = None
    clear_due_at: datetime | None = None
    """When clearing it is next tried; None: at once."""
    clear_tries: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    cleared_at: datetime | None = None

    @property
    def rendition_at(self) -> tuple[str, str]:
        """The file name and storage key of a preview as it is shown: its own, so that none is written over."""
        folder = self.storage_key.rpartition("/")[0]
        return f"{self.file_name.rpartition('.')[0] or self.file_name}.webp", f"{folder}/{self.id}.webp"

    @property
    def part_count(self) -> int:
        return -(-self.file_size_bytes // PART_BYTES)

    def size_of_part(self, number: int) -> int:
        """In bytes; parts are numbered from 1."""
        return min(PART_BYTES, self.file_size_bytes - (number - 1) * PART_BYTES)

    def must_take_parts(self, now: datetime) -> None:
        """Raises UploadClosed or UploadExpired."""
        if self.state is not UploadState.OPEN:
            raise UploadClosed(self.state)
        if now >= self.expires_at:
            raise UploadExpired

    def begin_verifying(self, sha256: str, now: datetime) -> None:
        """All parts are there: from here on it ends by itself, whoever dies meanwhile."""
        self.must_take_parts(now)
        self.state, self.sha256, self.lease_until = UploadState.VERIFYING, sha256, now

    def lease(self, now: datetime) -> None:
        """Whoever verifies it has this long before the next may try."""
        self.lease_until = now + timedelta(seconds=60 + self.file_size_bytes / VERIFY_BYTES_A_SECOND)

    def complete(self, file: File, now: datetime) -> None:
        """`file`: the row that an original becomes."""
        self.state, self.completed_at, self.file_id = UploadState.COMPLETED, now, file.id

    def complete_preview(self, rendition: Rendition, now: datetime) -> None:
        self.state, self.completed_at = UploadState.COMPLETED, now
        self.rendition_key, self.rendition_sha256 = rendition.storage_key, rendition.sha256
        self.rendition_size_bytes = rendition.size_bytes

    def reject(self, why: Rejection) -> None:
        self.state, self.rejection = UploadState.REJECTED, why

    def abort(self) -> None:
        """Again is harmless; raises UploadClosed once it is being verified."""
        if self.state not in {UploadState.OPEN, UploadState.ABORTED}:
            raise UploadClosed(self.state)
        self.state = UploadState.ABORTED

    def forget(self) -> None:
        """Whatever became of it: all that it left at the store is cleared, and then it is gone itself."""
        self.state, self.file_name, self.file_id = UploadState.ABORTED, "", None
        self.clear_due_at = self.cleared_at = None

    @property
    def is_forgotten(self) -> bool:
        return not self.file_name

    @property
    def keys_to_clear(self) -> list[str]:
        """A rendition that is shown stays."""
        shown = [self.rendition_key] if self.rendition_key and self.state is UploadState.ABORTED else []
        return [self.storage_key, *shown]

    def take_up_clearing(self, now: datetime) -> None:
        """Whoever clears it has a while before the next may try, longer each time."""
        self.clear_tries += 1
        self.clear_due_at = now + backoff(self.clear_tries, FIRST_PAUSE)
