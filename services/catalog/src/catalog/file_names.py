"""File names as people give them, made safe to keep, to show and to store under."""

import re
import unicodedata
from collections.abc import Collection
from pathlib import PurePosixPath

MAX_BYTES = 255
_UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp", "Co", "Cn"}
"""Unicode categories that a name must not hold: control and format characters reorder or hide what is read."""
_TAIL = re.compile(r"[\s.]+$")
"""What Windows drops from the end of a name."""


def clean(name: str) -> str:
    """`name` without path parts and unseen characters, at most 255 bytes of UTF-8; empty when nothing is left.

    Names that one system reserves (`CON`, `a:b`) stay: browsers replace what the system they save on does not take.
    """
    last = name.replace("\\", "/").rpartition("/")[2]
    seen = "".join(char for char in last if unicodedata.category(char) not in _UNSEEN)
    trimmed = _TAIL.sub("", unicodedata.normalize("NFC", seen).lstrip())
    return _TAIL.sub("", _shortened(trimmed, ""))


def free(name: str, taken: Collection[str]) -> str:
    """`name`, or `name (2)`, `name (3)` … with its extension kept: the first that is not `taken`."""
    number, candidate = 1, name
    while candidate in taken:
        number += 1
        candidate = _shortened(name, f" ({number})")
    return candidate


def _shortened(name: str, mark: str) -> str:
    """`mark` before the extension, and as much of the stem as fits; never half a character."""
    path = PurePosixPath(name)
    suffix = path.suffix if len(path.suffix.encode()) <= 32 else ""
    stem = name[: len(name) - len(suffix)] if suffix else name
    room = MAX_BYTES - len((mark + suffix).encode())
    return stem.encode()[:room].decode(errors="ignore") + mark + suffix
