"""Whether a file's first bytes agree with the type it was declared as. Source: IANA media types; file(1)'s magic."""

HEAD_BYTES = 512
"""How much of a file's beginning is judged."""

PREVIEW_TYPES = frozenset({"image/avif", "image/gif", "image/jpeg", "image/png", "image/webp"})
"""What may be shown as a picture. SVG is a program, and is not among them."""

_ZIP = ((0, b"PK\x03\x04"),)
_OLE = ((0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),)
_MP4 = ((4, b"ftyp"),)
_OGG = ((0, b"OggS"),)
_MATROSKA = ((0, b"\x1a\x45\xdf\xa3"),)
_GZIP = ((0, b"\x1f\x8b"),)
_MP3 = ((0, b"ID3"), (0, b"\xff\xfb"), (0, b"\xff\xf3"), (0, b"\xff\xf2"), (0, b"\xff\xfa"))
_WINDOWS_PROGRAM = ((0, b"MZ"),)
_OFFICE = "application/vnd.openxmlformats-officedocument."

SIGNATURES: dict[str, tuple[tuple[int, bytes], ...]] = {
    "application/epub+zip": _ZIP,
    "application/gzip": _GZIP,
    "application/java-archive": _ZIP,
    "application/msword": _OLE,
    "application/pdf": ((0, b"%PDF-"),),
    "application/vnd.microsoft.portable-executable": _WINDOWS_PROGRAM,
    "application/vnd.ms-excel": _OLE,
    "application/vnd.ms-powerpoint": _OLE,
    "application/vnd.rar": ((0, b"Rar!\x1a\x07"),),
    "application/x-7z-compressed": ((0, b"7z\xbc\xaf\x27\x1c"),),
    "application/x-bzip2": ((0, b"BZh"),),
    "application/x-gzip": _GZIP,
    "application/x-msdownload": _WINDOWS_PROGRAM,
    "application/x-rar-compressed": ((0, b"Rar!\x1a\x07"),),
    "application/x-tar": ((257, b"ustar"),),
    "application/x-xz": ((0, b"\xfd7zXZ\x00"),),
    "application/x-zip-compressed": _ZIP,
    "application/zip": _ZIP,
    "application/zstd": ((0, b"\x28\xb5\x2f\xfd"),),
    f"{_OFFICE}presentationml.presentation": _ZIP,
    f"{_OFFICE}spreadsheetml.sheet": _ZIP,
    f"{_OFFICE}wordprocessingml.document": _ZIP,
    "audio/flac": ((0, b"fLaC"),),
    "audio/mp4": _MP4,
    "audio/mpeg": _MP3,
    "audio/ogg": _OGG,
    "audio/wav": ((8, b"WAVE"),),
    "audio/x-wav": ((8, b"WAVE"),),
    "font/otf": ((0, b"OTTO"),),
    "font/ttf": ((0, b"\x00\x01\x00\x00"), (0, b"true")),
    "font/woff": ((0, b"wOFF"),),
    "font/woff2": ((0, b"wOF2"),),
    "image/avif": ((4, b"ftypavif"), (4, b"ftypavis")),
    "image/bmp": ((0, b"BM"),),
    "image/gif": ((0, b"GIF87a"), (0, b"GIF89a")),
    "image/heic": ((4, b"ftyphei"), (4, b"ftyphev"), (4, b"ftypmif1")),
    "image/jpeg": ((0, b"\xff\xd8\xff"),),
    "image/png": ((0, b"\x89PNG\r\n\x1a\n"),),
    "image/tiff": ((0, b"II*\x00"), (0, b"MM\x00*")),
    "image/vnd.adobe.photoshop": ((0, b"8BPS"),),
    "image/webp": ((8, b"WEBP"),),
    "video/mp4": _MP4,
    "video/ogg": _OGG,
    "video/quicktime": ((4, b"ftyp"), (4, b"moov"), (4, b"mdat"), (4, b"wide"), (4, b"free")),
    "video/webm": _MATROSKA,
    "video/x-matroska": _MATROSKA,
    "video/x-msvideo": ((8, b"AVI "),),
}
"""(offset, bytes) of which one must be there. A zip is the container of many types, so theirs is zip's."""

_PROGRAMS = ((0, b"\x7fELF"), (0, b"\xcf\xfa\xed\xfe"), (0, b"\xce\xfa\xed\xfe"), (0, b"\xca\xfe\xba\xbe"))


def agrees(head: bytes, file_type: str) -> bool:
    """Whether a file that begins with `head` can be of `file_type`.

    A type without a signature of its own may begin as it likes, but text holds no NUL, and what is called
    anything but `application/…` is no program.
    """
    if file_type in SIGNATURES:
        return _bears(head, SIGNATURES[file_type])
    if file_type.startswith("text/"):
        return b"\x00" not in head or head.startswith((b"\xff\xfe", b"\xfe\xff"))
    return file_type.startswith("application/") or not _bears(head, (*_PROGRAMS, *_WINDOWS_PROGRAM))


def _bears(head: bytes, signatures: tuple[tuple[int, bytes], ...]) -> bool:
    return any(head.startswith(mark, offset) for offset, mark in signatures)
