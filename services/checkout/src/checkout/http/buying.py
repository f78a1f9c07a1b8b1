"""Buying by the form of the public page. Who is refused has the form again, with what they typed and what is wrong."""

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from chassis.api import RequestModel, WholeBodyRoute, WithDatabase
from chassis.db import Database
from chassis.errors import Invalid, Problem
from chassis.passes import MOST_CHARACTERS, WithPasses
from chassis.problems import problems
from chassis.sources import Source
from chassis.texts import Line, deliverable
from contracts.catalog import Pricing
from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import Field
from storefront import Storefront, views

from checkout import store
from checkout.errors import DiscountNotValid, DiscountUnknown, DiscountUsedUp
from checkout.http.checkouts import THROTTLE, ShortId, check_out
from checkout.models import MirroredProduct
from checkout.settings import CheckoutSettings
from checkout.use_cases.place_order import Purchase

router = APIRouter(tags=["checkouts"], route_class=WholeBodyRoute)
ABOUT_THE_CODE = (DiscountUnknown, DiscountNotValid, DiscountUsedUp)
TYPED = frozenset({"amount", "email", "code"})
"""What a buyer types, and can put right."""
BUY = "/api/checkout/buy"
"""As a browser reaches it: through the edge."""


class BuyForm(RequestModel):
    """`email` is asked for where Stripe will not ask: of what is free. A field left empty comes as no text.

    `amount` is in major units, as it was typed: 12.50, or 12,50.
    """

    short_id: ShortId
    product_id: UUID | None = None
    email: Annotated[str, Field(max_length=254)] = ""
    amount: Annotated[Line, Field(max_length=200)] = ""
    code: Annotated[Line, Field(max_length=40)] = ""
    bearer_pass: Annotated[str, Field(alias="pass", max_length=MOST_CHARACTERS)] = ""
    source: Source = None


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
            source=form.source,
        )
        checkout = await check_out(request, db, purchase)
    except Problem as problem:
        if "text/html" not in request.headers.get("accept", ""):
            raise
        return await _refused(request, db, form, problem)
    return RedirectResponse(checkout.url, 303)


def _typed_address(typed: str) -> str | None:
    """Judged here, so that what is wrong is said to eyes."""
    if not typed:
        return None
    try:
        return deliverable(typed)
    except ValueError as error:
        raise Invalid("#/email", str(error)) from error


async def _refused(request: Request, db: Database, form: BuyForm, problem: Problem) -> Response:
    """The form again where the buyer can put it right, else the problem for eyes, with the way back to the page."""
    shop: Storefront = request.app.state.shop
    settings: CheckoutSettings = request.app.state.settings
    errors = _wrong(problem)
    shown = await _form_again(db, form, errors) if errors and errors.keys() <= TYPED else None
    if shown is None:
        shown = views.Problem(
            title=problem.title,
            detail=problem.detail or "",
            status=problem.status,
            next_step=views.Link(url=f"/p/{form.short_id}", label="Back to the page"),
        )
    policy = shop.security_headers(form_actions=[settings.stripe_checkout_origin], private=True)
    return HTMLResponse(shop.show(shown), problem.status, {**policy, **problem.headers})


def _wrong(problem: Problem) -> dict[str, str]:
    """What is wrong, by the form's own names."""
    if isinstance(problem, ABOUT_THE_CODE):
        return {"code": problem.detail or problem.title}
    return {found["pointer"].removeprefix("#/"): found["detail"] for found in problem.more.get("errors", [])}


async def _form_again(db: Database, form: BuyForm, errors: Mapping[str, str]) -> views.View | None:
    async with db.reading() as reading:
        page = await store.page_by_short_id(reading, form.short_id)
        if page is None:
            return None
        product = await reading.get(MirroredProduct, form.product_id or page.product_id)
    if product is None or product.id not in page.product_ids:
        return None
    return views.PurchasePage(
        short_id=form.short_id,
        page_url=f"/p/{form.short_id}",
        buy_url=BUY,
        offer=_offer(product),
        pass_token=form.bearer_pass,
        source=form.source,
        values={name: getattr(form, name) for name in TYPED},
        errors=errors,
        accent=page.accent,
    )


def _offer(product: MirroredProduct) -> views.Offer:
    return views.Offer(
        product_id=str(product.id),
        name=product.name,
        price=product.price_in_cents,
        currency=product.currency,
        pay_what_you_want=product.pricing is Pricing.PAY_WHAT_YOU_WANT,
    )
