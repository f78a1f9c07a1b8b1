"""How routes declare the problem documents that they answer with."""

from typing import Any

from chassis.errors import PROBLEM_JSON

DESCRIPTIONS = {
    400: "Not as it was signed",
    401: "Not signed in",
    404: "Missing, or somebody else's",
    409: "Not in the state that it is in; `type` says why",
    410: "The sale is over",
    413: "Too large",
    422: "A field cannot be accepted; `errors` names it",
    429: "Too many requests",
    503: "For a moment; ask again after Retry-After seconds",
}
_TEXT = {"type": "string"}
_FIELD = {
    "type": "object",
    "required": ["detail"],
    "properties": {"pointer": _TEXT, "parameter": _TEXT, "detail": _TEXT},
}
SCHEMA = {
    "title": "ProblemDocument",
    "description": "RFC 9457. `type` is a stable slug to decide by.",
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        **dict.fromkeys(("type", "title", "detail", "instance", "requestId"), _TEXT),
        "status": {"type": "integer"},
        "errors": {"type": "array", "items": _FIELD},
    },
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For `responses=`: what a route may answer with besides its success."""
    content = {PROBLEM_JSON: {"schema": SCHEMA}}
    return {status: {"description": DESCRIPTIONS[status], "content": content} for status in statuses}
