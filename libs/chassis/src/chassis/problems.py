"""How routes declare the problem documents that they answer with (RFC 9457), for their OpenAPI documents."""

from http import HTTPStatus
from typing import Any

from chassis.api import ResponseModel
from chassis.errors import PROBLEM_JSON


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
    """For `responses=`: what a route may answer with besides its success."""
    schema = {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {PROBLEM_JSON: schema},
            "model": ProblemDocument,
        }
        for status in statuses
    }
