"""POST /v1/webhooks/stripe: the platform's endpoint. A 2xx is answered only once the event is kept."""

from chassis.api import ResponseModel, WithDatabase
from chassis.problems import problems
from fastapi import APIRouter, Request

from checkout.errors import BadSignature, WebhookTooLarge
from checkout.stripe_facts import read_notice
from checkout.stripe_payments import verified
from checkout.use_cases.hear_stripe import hear_stripe

MAX_BYTES = 256 * 1024
router = APIRouter(tags=["webhooks"])


class Received(ResponseModel):
    """`kept`: false for an event that checkout does not act on."""

    received: bool = True
    kept: bool


@router.post(
    "/v1/webhooks/stripe",
    operation_id="receiveStripeEvent",
    summary="Stripe tells what happened",
    responses=problems(400, 413),
    openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}},
)
async def receive(request: Request, db: WithDatabase) -> Received:
    body = await _body(request)
    state = request.app.state
    signature = request.headers.get("stripe-signature")
    event = verified(body, signature, state.webhook_secrets, db.clock.now())
    notice = read_notice(event)
    if notice is None:
        return Received(kept=False)
    await hear_stripe(db, state.payments, state.links, notice)
    return Received(kept=True)


async def _body(request: Request) -> bytes:
    """The raw body, as it was signed; refused unread where it declares to be too large."""
    declared = request.headers.get("content-length", "0")
    if not declared.isdecimal() or int(declared) > MAX_BYTES:
        raise WebhookTooLarge
    if not request.headers.get("stripe-signature"):
        raise BadSignature
    received = bytearray()
    async for chunk in request.stream():
        received += chunk
        if len(received) > MAX_BYTES:
            raise WebhookTooLarge
    return bytes(received)
