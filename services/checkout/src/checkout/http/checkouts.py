"""Buying, by JSON."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from chassis import api
from chassis.api import RequestModel, ResponseModel, WithDatabase
from chassis.db import Database, Tx
from chassis.mirrors import unheard
from chassis.passes import MOST_CHARACTERS, WithPasses
from chassis.problems import problems
from chassis.ratelimit import per_address
from chassis.sources import Source
from chassis.texts import EmailAddress, Line
from contracts.money import MAX_AMOUNT
from fastapi import APIRouter, Depends, Request
from pydantic import Field

from checkout.errors import PageUnknown
from checkout.use_cases.open_session import open_session
from checkout.use_cases.place_order import Purchase, place_order

router = APIRouter(tags=["checkouts"])
THROTTLE = Depends(per_address("checkouts", limit=30, seconds=60))
ShortId = Annotated[str, Field(pattern=r"^[0-9A-Za-z]{10,32}$", examples=["k3JsD9aQ0z"])]
SignedPass = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]+$", max_length=MOST_CHARACTERS)]
"""A JWT in its compact form."""
Typed = Annotated[Line, Field(min_length=1, max_length=40)] | None


class NewCheckout(RequestModel):
    """Without `productId`, the page's first product. `email` saves the buyer typing it again.

    `amountInCents` is for products whose buyers pay what they want.
    """

    short_id: ShortId
    product_id: UUID | None = None
    email: EmailAddress | None = None
    amount_in_cents: Annotated[int, Field(ge=0, le=MAX_AMOUNT, strict=True)] | None = None
    discount_code: Typed = None
    bearer_pass: SignedPass | None = Field(default=None, alias="pass")
    source: Source = None


class Checkout(ResponseModel):
    """Send the buyer to `url`: Stripe's page, or the thanks page where nothing is to be paid."""

    order_id: UUID
    url: str


@router.post(
    "/v1/checkouts",
    status_code=201,
    operation_id="openCheckout",
    summary="Place an order and open its payment page",
    description="With an Idempotency-Key, the same request again carries on with the same order.",
    dependencies=[THROTTLE],
    responses=problems(404, 409, 410, 422, 429, 503),
)
async def open_checkout(new: NewCheckout, request: Request, db: WithDatabase, passes: WithPasses) -> Checkout:
    purchase = Purchase(
        new.short_id,
        new.product_id,
        new.email,
        new.amount_in_cents,
        discount_code=new.discount_code,
        bearer=passes.verified(new.bearer_pass),
        source=new.source,
    )
    return await check_out(request, db, purchase)


async def check_out(request: Request, db: Database, purchase: Purchase) -> Checkout:
    """The order placed, and its payment page opened. Raises Problem."""
    state = request.app.state
    fee_bps = state.settings.application_fee_bps

    async def place(tx: Tx) -> UUID:
        return (await place_order(tx, state.links, fee_bps, purchase)).id

    try:
        order_id = await made_once(request, db, place)
    except PageUnknown as unknown:
        raise await unheard(state.redis, purchase.short_id, db.clock, unknown) from unknown
    return Checkout(order_id=order_id, url=await open_session(db, state.payments, state.links, order_id))


async def made_once(request: Request, db: Database, make: Callable[[Tx], Awaitable[UUID]]) -> UUID:
    """The id of what `make` makes, or made before under the same Idempotency-Key."""
    key = api.idempotency_key(request)
    async with db.transaction() as tx:
        if key is None:
            return await make(tx)
        if (known := await api.lock_key(tx, request, key)) is not None:
            made: UUID = known["resource_id"]
            return made
        made = await make(tx)
        await api.remember(tx, request, key, resource_id=made)
        return made
