"""File names as people give them."""

import pytest
from catalog.file_names import clean, free


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("book.pdf", "book.pdf"),
        ("/etc/passwd", "passwd"),
        ("..\\..\\C:\\boot.ini", "boot.ini"),
        ("../..", ""),
        ("...", ""),
        ("", ""),
        ("a\x00b\x1fc\x7f.txt", "abc.txt"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("  spaced out .pdf  ", "spaced out .pdf"),
        ("trailing. . ", "trailing"),
        (".profile", ".profile"),
        ("Zu\u0308rich.pdf", "Z\u00fcrich.pdf"),
        ("日本語.epub", "日本語.epub"),
    ],
)
def test_a_name_loses_paths_and_what_cannot_be_seen(given: str, kept: str) -> None:
    assert clean(given) == kept


@pytest.mark.parametrize("letter", ["a", "é", "語", "🙂"])
def test_a_long_name_is_cut_at_a_character_and_keeps_its_extension(letter: str) -> None:
    kept = clean(letter * 300 + ".pdf")
    assert kept.endswith(".pdf")
    assert 251 < len(kept.encode()) <= 255


def test_a_name_that_is_taken_is_counted_on() -> None:
    assert free("book.pdf", set()) == "book.pdf"
    assert free("book.pdf", {"book.pdf", "book (2).pdf"}) == "book (3).pdf"
    assert len(free("b" * 255, {"b" * 255}).encode()) == 255
