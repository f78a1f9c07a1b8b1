"""POST /v1/webhooks/stripe: what Stripe's Connect endpoint tells."""

from typing import Annotated

from chassis.api import WithDatabase
from chassis.problems import problems
from fastapi import APIRouter, Header, Request, Response

from catalog.errors import EventTooLarge
from catalog.http.needs import WithAccounts, WithWebhooks
from catalog.use_cases.connect_stripe import hear_stripe_event

MAX_BYTES = 256 * 1024
router = APIRouter(tags=["webhooks"])


@router.post(
    "/v1/webhooks/stripe",
    summary="An event of a connected account, signed by Stripe",
    status_code=200,
    response_class=Response,
    responses={200: {"description": "Applied"}, 202: {"description": "Kept for later"}, **problems(400, 413, 503)},
)
async def hear_stripe(
    request: Request,
    db: WithDatabase,
    accounts: WithAccounts,
    webhooks: WithWebhooks,
    stripe_signature: Annotated[str, Header()] = "",
) -> Response:
    """Each counts once. One about an account that is nobody's yet is kept, and applied when it is somebody's."""
    body = await _body(request)
    event = webhooks.verified(body, stripe_signature, db.clock.now())
    applied = await hear_stripe_event(db, accounts, event)
    return Response(status_code=200 if applied else 202)


async def _body(request: Request) -> bytes:
    """Just as it was signed; raises EventTooLarge as soon as it is."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MAX_BYTES:
            raise EventTooLarge
    return bytes(body)
