"""A gateway's OpenAPI document: what every operation answers with, and `/docs`, to read it and try it out.

FastAPI's own page fetches Swagger UI from a third party and starts it by an inline script: the security policy
refuses both. This one has it from this origin. Addresses are relative: the prefix at the edge is not known here.
"""

from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from chassis.errors import PROBLEM_JSON
from chassis.problems import DESCRIPTIONS, ProblemDocument

SERVERS = [{"url": ".", "description": "Where this document was found"}]
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_PAGE = """<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>{title}</title>
  <link rel="icon" href="docs/assets/favicon.png">
  <link rel="stylesheet" href="docs/assets/swagger-ui.css">
  <script defer src="docs/assets/swagger-ui-bundle.js"></script>
  <script defer src="docs/assets/docs.js"></script>
</head>
<body>
  <main id="documents"></main>
</body>
</html>
"""


class App(FastAPI):
    """FastAPI, whose document says of every operation what the chassis answers for it."""

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            document = super().openapi()
            document["components"]["schemas"] |= _problem_schemas()
            for path in document["paths"].values():
                for operation in path.values():
                    _complete(operation)
        return super().openapi()


def _problem_schemas() -> dict[str, Any]:
    document = ProblemDocument.model_json_schema(ref_template="#/components/schemas/{model}", by_alias=True)
    return {**document.pop("$defs"), "ProblemDocument": document}


def _complete(operation: dict[str, Any]) -> None:
    """If-Match is needed where it is taken, a body can be too large, what is refused is a problem (or its page)."""
    for parameter in operation.get("parameters", ()):
        parameter["required"] = parameter["required"] or parameter["name"] == "if-match"
    responses = operation["responses"]
    if "security" in operation:
        responses.setdefault("403", {"description": DESCRIPTIONS[403]})
    if "requestBody" in operation:
        responses.setdefault("413", {"description": DESCRIPTIONS[413]})
    shown = any("text/html" in response.get("content", ()) for response in responses.values())
    for status, response in responses.items():
        if status >= "400" and operation.get("tags") != ["operations"]:
            response["description"] = DESCRIPTIONS[int(status)]
            response["content"] = {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}}
            if shown:
                response["content"]["text/html"] = {"schema": {"type": "string"}}


class _Assets(StaticFiles):
    """Kept by browsers, but asked for anew: their names do not change with their content."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        return response


router = APIRouter()


@router.get("/docs", include_in_schema=False)
async def show_documents(request: Request) -> HTMLResponse:
    return HTMLResponse(_PAGE.format(title=request.app.title), headers={"Content-Security-Policy": POLICY})


def install(app: FastAPI) -> None:
    """Serve `/docs` and what it loads."""
    own = Path(__file__).parent / "static"
    app.mount("/docs/assets", _Assets(directory=own, packages=[("fastapi_offline", "static")]))
    app.include_router(router)
