"""The inbox over HTTP: pages for people, JSON for tests."""

from itertools import islice
from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from local_stack.mail_catcher.messages import Message, Messages

LIMIT = 500
TEMPLATES = Environment(loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True)
HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"}


def create_app(messages: Messages) -> Starlette:
    def message_of(request: Request) -> Message:
        message = messages.get(request.path_params["id"])
        if message is None:
            raise HTTPException(404, "There is no such mail; the inbox may have been emptied.")
        return message

    async def show_list(request: Request) -> Response:
        to = request.query_params.get("to", "")
        return _page("list.html", messages=[*islice(messages.find(to), LIMIT)], to=to)

    async def show_message(request: Request) -> Response:
        return _page("message.html", message=message_of(request))

    async def list_messages(request: Request) -> Response:
        query = request.query_params
        limit = min(int(query.get("limit", LIMIT)), LIMIT)
        found = messages.find(query.get("to", ""), query.get("subject", ""))
        return JSONResponse([message.to_json() for message in islice(found, limit)], headers=HEADERS)

    async def get_message(request: Request) -> Response:
        return JSONResponse(message_of(request).to_json(), headers=HEADERS)

    async def delete_messages(_request: Request) -> Response:
        messages.clear()
        return Response(status_code=204)

    return Starlette(
        routes=[
            Route("/", show_list),
            Route("/messages/{id}", show_message),
            Route("/api/messages", list_messages),
            Route("/api/messages", delete_messages, methods=["DELETE"]),
            Route("/api/messages/{id}", get_message),
        ]
    )


def _page(template: str, **values: object) -> HTMLResponse:
    return HTMLResponse(TEMPLATES.get_template(template).render(**values), headers=HEADERS)
