"""Buyers themselves: their orders looked up by mail, and being forgotten."""

from typing import Annotated
from uuid import UUID

from chassis.api import EvenlyTimedRoute, IdempotentRoute, InTransaction, RequestModel, ResponseModel
from chassis.path_ids import CustomerId
from chassis.problems import problems
from chassis.ratelimit import per_address
from chassis.scopes import WritesCustomers
from chassis.texts import EmailAddress
from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import Field
from storefront import Storefront, locale_for, views

from checkout.errors import LinkUnknown
from checkout.links import BuyerLinks
from checkout.use_cases.erase_customer import erase_customer
from checkout.use_cases.look_up_orders import look_up_orders

lookups = APIRouter(tags=["customers"], route_class=EvenlyTimedRoute)
router = APIRouter(tags=["customers"], route_class=IdempotentRoute)


class Lookup(RequestModel):
    email: EmailAddress


class LookedUp(ResponseModel):
    """The same for every address: what is known of it is told to it alone."""

    accepted: bool = True


class Proof(RequestModel):
    """What stands behind # in the address of the page."""

    token: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$")]


@lookups.post(
    "/v1/orders/lookup",
    status_code=202,
    operation_id="lookUpOrders",
    summary="Mail a buyer the links of what they bought",
    dependencies=[Depends(per_address("order-lookups", limit=5, seconds=60))],
    responses=problems(422, 429),
)
async def look_up(asked: Lookup, tx: InTransaction) -> LookedUp:
    await look_up_orders(tx, asked.email)
    return LookedUp()


@router.post(
    "/v1/customers/{customerId}/erase",
    status_code=204,
    operation_id="eraseCustomer",
    summary="Forget one of your customers; their orders stay, without a person",
    responses=problems(401, 404, 422),
)
async def erase(customer_id: CustomerId, principal: WritesCustomers, tx: InTransaction) -> None:
    await erase_customer(tx, customer_id, creator_id=principal.creator_id)


@router.get(
    "/o/erase", operation_id="askToErase", summary="Asks a buyer whether to be forgotten", response_class=HTMLResponse
)
async def ask_to_erase(
    request: Request,
    customer: Annotated[UUID, Query(description="The customer; the proof stands behind #")],
    accept_language: Annotated[str | None, Header()] = None,
) -> HTMLResponse:
    shop: Storefront = request.app.state.shop
    page = views.EraseCustomer(action_url=f"/api/checkout/v1/customers/{customer}/erasure")
    html = shop.show(page, locale=locale_for(accept_language))
    return HTMLResponse(html, headers=shop.security_headers(private=True))


@router.post(
    "/v1/customers/{customerId}/erasure",
    status_code=204,
    operation_id="eraseMe",
    summary="Be forgotten, by the link of a mail",
    dependencies=[Depends(per_address("erasures", limit=30, seconds=60))],
    responses=problems(404, 422, 429),
)
async def erase_me(customer_id: CustomerId, proof: Proof, request: Request, tx: InTransaction) -> None:
    links: BuyerLinks = request.app.state.links
    if not links.proves_customer(proof.token, customer_id):
        raise LinkUnknown
    await erase_customer(tx, customer_id)
