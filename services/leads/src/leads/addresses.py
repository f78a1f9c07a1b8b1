"""E-mail addresses as they are kept: one that can be delivered to by any server."""

from typing import Annotated

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, Field


def deliverable(address: str) -> str:
    """`address` in ASCII (its domain lower-case, in Punycode where it must be); raises ValueError."""
    try:
        # `.test` is let through: it reaches nobody, and belongs to those who try things out (RFC 6761).
        found = validate_email(address, check_deliverability=False, allow_smtputf8=False, test_environment=True)
    except EmailNotValidError as error:
        raise ValueError(str(error)) from error
    assert found.ascii_email is not None, "allow_smtputf8=False"
    return found.ascii_email


Address = Annotated[
    str,
    AfterValidator(deliverable),
    Field(max_length=254, examples=["grace@example.com"], json_schema_extra={"format": "email"}),
]
