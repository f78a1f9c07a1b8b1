"""Text that people type: what a database, a log and a mail can hold."""

import unicodedata
from typing import Annotated

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, Field, StringConstraints

LINE_ENDS = "\n\r\t"


def is_readable(text: str, allowed: str = LINE_ENDS) -> bool:
    """No control characters but those `allowed`, no halves of characters."""
    return all(char in allowed or unicodedata.category(char) not in {"Cc", "Cs"} for char in text)


def one_line(text: str) -> str:
    """`text`; raises ValueError when it holds a control character, a line end among them."""
    if not is_readable(text, allowed=""):
        raise ValueError("must be one line, without control characters")
    return text


def several_lines(text: str) -> str:
    """`text`; raises ValueError when it holds a control character other than line ends and tabs."""
    if not is_readable(text):
        raise ValueError("must not hold control characters")
    return text


def deliverable(address: str) -> str:
    """`address` in ASCII, as any mail server takes it (its domain lower-case, in Punycode where it must be).

    Whether anybody reads there, only a mail that arrives can show. Raises ValueError.
    """
    try:
        # `.test` is let through: it reaches nobody, and belongs to those who try things out (RFC 6761).
        found = validate_email(address, check_deliverability=False, allow_smtputf8=False, test_environment=True)
    except EmailNotValidError as error:
        raise ValueError(str(error)) from error
    assert found.ascii_email is not None, "allow_smtputf8=False"
    return found.ascii_email


Line = Annotated[str, AfterValidator(one_line)]
"""One line of text."""
Prose = Annotated[str, AfterValidator(several_lines)]
"""Text of several lines."""
Name = Annotated[Line, StringConstraints(min_length=1, max_length=200)]
"""What a person or a thing is called."""
EmailAddress = Annotated[
    str,
    AfterValidator(deliverable),
    Field(max_length=254, examples=["grace@example.com"], json_schema_extra={"format": "email"}),
]
