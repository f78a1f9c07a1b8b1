"""E-mail addresses as a buyer may give them."""

from typing import Annotated

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, Field


def deliverable(address: str) -> str:
    """`address` as mail servers take it; raises ValueError."""
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
