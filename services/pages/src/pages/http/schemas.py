"""For editors: what a page is made of, as JSON Schema."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from pages.http.wire import NewPage
from pages.settings import PagesSettings

PATH = "/v1/schemas/page.json"
router = APIRouter(tags=["schemas"])


def page_schema(public_url: str) -> dict[str, Any]:
    """The one that requests are checked by, so that an editor may refuse what the gateway would."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{public_url}/api/pages{PATH}",
        **NewPage.model_json_schema(by_alias=True),
    }


class SchemaResponse(JSONResponse):
    media_type = "application/schema+json"


@router.get(
    PATH,
    operation_id="showPageSchema",
    summary="JSON Schema of a page: its looks and texts, its form, what follows its expiry",
    response_class=SchemaResponse,
)
async def show_page_schema(request: Request) -> SchemaResponse:
    settings: PagesSettings = request.app.state.settings
    return SchemaResponse(page_schema(settings.public_url), headers={"Cache-Control": "public, max-age=3600"})
