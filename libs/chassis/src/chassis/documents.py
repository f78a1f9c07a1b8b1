"""`/docs`: a gateway's OpenAPI document, to read and to try out.

FastAPI's own page fetches Swagger UI from a third party and starts it by an inline script: the security policy
refuses both. This one has it from this origin. Addresses are relative: the prefix at the edge is not known here.
"""

from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

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


class _Assets(StaticFiles):
    """Kept by browsers, but asked for anew: their names do not change with their content."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        return response


def install(app: FastAPI) -> None:
    """Serve `/docs` and what it loads."""
    own = Path(__file__).parent / "static"
    app.mount("/docs/assets", _Assets(directory=own, packages=[("fastapi_offline", "static")]))

    @app.get("/docs", include_in_schema=False)
    async def show_documents() -> HTMLResponse:
        return HTMLResponse(_PAGE.format(title=app.title), headers={"Content-Security-Policy": POLICY})
