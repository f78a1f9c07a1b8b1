"""`/`: what there is and what can be done with it, for people."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from stripe_sandbox import deliveries
from stripe_sandbox.pages.rendering import page
from stripe_sandbox.sandbox import Sandbox
from stripe_sandbox.sessions import expire_due

SHOWN = 20


def routes(sandbox: Sandbox) -> list[BaseRoute]:
    """The page of this room."""

    async def show(_: Request) -> Response:
        books = sandbox.books()
        with sandbox.store.transaction():
            expire_due(books)
        find = sandbox.store.find
        return page(
            "dashboard.html",
            sessions=find("checkout.session", limit=SHOWN),
            charges=find("charge", limit=SHOWN),
            refunds=find("refund", limit=SHOWN),
            disputes=find("dispute", limit=SHOWN),
            accounts=find("account", "json_extract(body, '$._deauthorized') = 0", limit=SHOWN),
            endpoints=find("webhook_endpoint"),
            deliveries=deliveries.latest(books, limit=SHOWN),
            paused=sandbox.store.setting(deliveries.PAUSED, False),
        )

    return [Route("/", show, methods=["GET"])]
