"""Whether a file's first bytes agree with its declared type."""

import pytest
from catalog.file_types import PREVIEW_TYPES, SIGNATURES, agrees

ELF, ZIP, PDF = b"\x7fELF\x02\x01\x01\x00", b"PK\x03\x04\x14\x00", b"%PDF-1.7\n"


@pytest.mark.parametrize(
    ("head", "file_type"),
    [
        (PDF, "application/pdf"),
        (ZIP, "application/epub+zip"),
        (b"\x00\x00\x00\x20ftypisom", "video/mp4"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"ID3\x04", "audio/mpeg"),
        (b"Dear reader,\n", "text/plain"),
        (b"\xff\xfeD\x00", "text/plain"),
        (ELF, "application/octet-stream"),
        (b"BLENDER-v402", "application/x-blender"),
        (b"anything", "model/stl"),
    ],
)
def test_what_is_as_declared_agrees(head: bytes, file_type: str) -> None:
    assert agrees(head, file_type)


@pytest.mark.parametrize(
    ("head", "file_type"),
    [
        (ZIP, "application/pdf"),
        (PDF, "image/png"),
        (b"", "application/pdf"),
        (b"<svg onload=alert(1)>", "image/png"),
        (b"MZ\x90\x00\x03", "text/plain"),
        (ELF, "image/x-unknown"),
    ],
)
def test_what_is_not_as_declared_does_not(head: bytes, file_type: str) -> None:
    assert not agrees(head, file_type)


def test_every_preview_can_be_told_by_its_first_bytes() -> None:
    assert set(SIGNATURES) >= PREVIEW_TYPES
