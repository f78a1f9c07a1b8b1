"""What people may type."""

from typing import Any

import pytest
from chassis.texts import EmailAddress, Line, Name, Prose
from pydantic import TypeAdapter, ValidationError


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Line, "Käse & Brot 🧀"),
        (Prose, "two\r\n\tlines"),
        (Name, "x" * 200),
        (EmailAddress, "grace@shop.test"),
        (EmailAddress, "grace+guide@example.com"),
    ],
)
def test_what_is_kept_as_it_was_typed(kind: Any, text: str) -> None:
    assert TypeAdapter(kind).validate_python(text) == text


def test_an_address_is_kept_in_ascii() -> None:
    assert TypeAdapter[str](EmailAddress).validate_python("Grace@MÜNCHEN.de") == "Grace@xn--mnchen-3ya.de"


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Line, "two\nlines"),
        (Line, "nul\x00"),
        (Line, "half \ud83d"),
        (Prose, "nul\x00"),
        (Prose, "escape \x1b[31m"),
        (Name, ""),
        (Name, "x" * 201),
        (EmailAddress, "grace"),
        (EmailAddress, "grace@localhost"),
        (EmailAddress, "grace@example.com\r\nBcc: all@example.com"),
        (EmailAddress, f"{'x' * 250}@example.com"),
    ],
)
def test_what_is_refused(kind: Any, text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(text)
