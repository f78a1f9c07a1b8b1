"""Buying: by JSON, and by the form of the public page."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from chassis import api
from chassis.api import RequestModel, ResponseModel, WithDatabase
from chassis.db import Database, Tx
from chassis.errors import Invalid, Problem
from chassis.mirrors import unheard
from chassis.passes import MOST_CHARACTERS, WithPasses
from chassis.problems import problems
from chassis.ratelimit import per_address
from chassis.texts import EmailAddress, Line, deliverable
from contracts.money import MAX_AMOUNT
from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import Field
from storefront import Storefront, views

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


class BuyForm(RequestModel):
    """`email` is asked for where Stripe will not ask: of what is free. A field left empty comes as no text.

    `amount` is in major units, as it was typed: 12.50, or 12,50.
    """

    short_id: ShortId
    product_id: UUID | None = None
    email: Annotated[str, Field(max_length=254)] = ""
    amount: Annotated[Line, Field(max_length=20)] = ""
    code: Annotated[Line, Field(max_length=40)] = ""
    bearer_pass: Annotated[str, Field(alias="pass", max_length=MOST_CHARACTERS)] = ""


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
    )
    return await _check_out(request, db, purchase)


@router.post(
    "/buy",
    status_code=303,
    operation_id="buy",
    summary="The public page's form: on to the payment page",
    dependencies=[THROTTLE],
    response_class=RedirectResponse,
    responses=problems(404, 409, 410, 422, 429, 503),
)
async def buy(form: Annotated[BuyForm, Form()], request: Request, db: WithDatabase, passes: WithPasses) -> Response:
    try:
        purchase = Purchase(
            form.short_id,
            form.product_id,
            _typed_address(form.email),
            typed_amount=form.amount,
            discount_code=form.code,
            bearer=passes.verified(form.bearer_pass),
        )
        checkout = await _check_out(request, db, purchase)
    except Problem as problem:
        if "text/html" not in request.headers.get("accept", ""):
            raise
        return _shown(request, problem, form.short_id)
    return RedirectResponse(checkout.url, 303)


def _typed_address(typed: str) -> str | None:
    """Judged here, so that what is wrong is said to eyes."""
    if not typed:
        return None
    try:
        return deliverable(typed)
    except ValueError as error:
        raise Invalid("#/email", str(error)) from error


async def _check_out(request: Request, db: Database, purchase: Purchase) -> Checkout:
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


def _shown(request: Request, problem: Problem, short_id: str) -> Response:
    """The problem for eyes, with the way back to the page."""
    shop: Storefront = request.app.state.shop
    page = views.Problem(
        title=problem.title,
        detail=problem.detail or "",
        status=problem.status,
        next_step=views.Link(url=f"/p/{short_id}", label="Back to the page"),
    )
    headers = {**shop.security_headers(private=True), **problem.headers}
    return HTMLResponse(shop.show(page), problem.status, headers)
