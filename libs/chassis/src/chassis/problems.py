"""How routes declare the problem documents that they answer with (RFC 9457), for their OpenAPI documents."""

from typing import Any

from chassis.api import ResponseModel

DESCRIPTIONS = {
    400: "Not signed, or not readable",
    401: "Not signed in",
    403: "Not allowed, or not with this API key",
    404: "Missing, or somebody else's",
    409: "Its state does not allow it; `type` says why",
    410: "Its time is over",
    412: "Changed since it was read",
    413: "Too large",
    415: "Not a type that is taken here",
    422: "A field cannot be accepted; `errors` names it",
    428: "If-Match is missing",
    429: "Too many requests; Retry-After says when",
    502: "Stripe does not accept it",
    503: "For a moment; ask again after Retry-After seconds",
}


class FieldProblem(ResponseModel):
    """One field that cannot be accepted: a JSON pointer into the body, or a parameter's name."""

    pointer: str | None = None
    parameter: str | None = None
    detail: str


class ProblemDocument(ResponseModel):
    """RFC 9457. `type` is a stable slug: decide by it, not by the words."""

    type: str
    title: str
    status: int
    detail: str | None = None
    instance: str | None = None
    request_id: str | None = None
    errors: list[FieldProblem] | None = None


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For `responses=`: what a route may answer with besides its success; `documents` adds the document's form."""
    return {status: {"description": DESCRIPTIONS[status]} for status in statuses}
