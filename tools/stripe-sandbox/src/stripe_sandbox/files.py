"""Files for dispute evidence."""

from stripe_sandbox.books import Books, fresh
from stripe_sandbox.errors import Json, Refusal
from stripe_sandbox.listing import lister, whole
from stripe_sandbox.operations import Asked, Operation, accepts, retrieve
from stripe_sandbox.params import Choice, File, Text, Unsupported, Upload

LARGEST = 5 * 1024 * 1024
TYPES = {b"%PDF": "pdf", b"\xff\xd8\xff": "jpg", b"\x89PNG": "png"}


def _create(books: Books, asked: Asked) -> Json:
    upload: Upload = asked.params["file"]
    kind = next((name for magic, name in TYPES.items() if upload.content.startswith(magic)), None)
    if kind is None:
        raise Refusal(
            "Invalid file: this purpose accepts these file types: pdf, jpg, png.", code="invalid_file", param="file"
        )
    if len(upload.content) > LARGEST:
        raise Refusal("Invalid file: the file is larger than 5 MB.", code="invalid_file", param="file")
    file = fresh(books, "file", "file_", {
        "expires_at": None,
        "filename": upload.name,
        "purpose": asked.params["purpose"],
        "size": len(upload.content),
        "title": None,
        "type": kind,
        "_pages": max(upload.content.count(b"/Type /Page\n") + upload.content.count(b"/Type/Page\n"), 1),
    })  # fmt: skip
    del file["livemode"]
    file["links"] = whole([], f"/v1/file_links?file={file['id']}")
    file["url"] = f"{books.config.public_url}/v1/files/{file['id']}/contents"
    books.store.execute("INSERT INTO blobs VALUES (?, ?)", (file["id"], upload.content))
    return books.put(file)


def content(books: Books, identifier: str) -> bytes:
    """What was uploaded."""
    books.need("file", identifier, "file")
    row = books.store.row("SELECT content FROM blobs WHERE id = ?", (identifier,))
    return bytes(row["content"]) if row else b""


OPERATIONS = [
    Operation(
        "POST",
        "/v1/files",
        _create,
        accepts(
            {"file": File(), "file_link_data": Unsupported(), "purpose": Choice(("dispute_evidence",))},
            ("file", "purpose"),
        ),
    ),
    retrieve("/v1/files/{id}", "file", "file"),
    lister("/v1/files", "file", {"purpose": Text()}),
]
