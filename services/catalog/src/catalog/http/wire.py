"""What the models of several routes are made of."""

import unicodedata
from typing import Annotated, Any

from chassis.errors import PROBLEM_JSON
from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, StringConstraints, WithJsonSchema

_TITLES = {
    400: "Not signed, or not readable",
    401: "Not signed in",
    404: "Missing, or another creator's",
    409: "Its state does not allow it",
    410: "Its time is over",
    412: "Changed since it was read",
    413: "Too large",
    422: "A field cannot be accepted; `errors` names it",
    428: "If-Match is missing",
    429: "Too many requests",
    502: "Stripe does not accept it",
    503: "Something it needs does not answer",
}
_SCHEMA = {
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string", "description": "Stable: decide by it"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "requestId": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["detail"],
                "properties": {
                    "pointer": {"type": "string"},
                    "parameter": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problem documents (RFC 9457) that a route may answer with, for its OpenAPI description."""
    content = {PROBLEM_JSON: {"schema": _SCHEMA}}
    return {status: {"description": _TITLES[status], "content": content} for status in statuses}


def _printable(text: str, allowed: str = "") -> str:
    if any(unicodedata.category(char) == "Cc" and char not in allowed for char in text):
        raise ValueError("must not hold control characters")
    return text


def _address(text: str) -> str:
    """Well-formed, its domain in lower case. Whether anybody reads there, only a mail that arrives can show."""
    try:
        return validate_email(text, check_deliverability=False, globally_deliverable=False).normalized
    except EmailNotValidError as error:
        raise ValueError("is not an e-mail address") from error


Email = Annotated[
    str,
    StringConstraints(max_length=254),
    AfterValidator(_address),
    WithJsonSchema({"type": "string", "format": "email"}),
]
Line = Annotated[str, StringConstraints(min_length=1, max_length=254), AfterValidator(_printable)]
"""One line of text."""
Prose = Annotated[
    str, StringConstraints(max_length=10_000), AfterValidator(lambda text: _printable(text, allowed="\n\r\t"))
]
"""Text of several lines, in Markdown."""
