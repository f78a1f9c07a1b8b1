"""For anyone: to register, to confirm, to leave."""

from typing import Annotated

from chassis.api import EvenlyTimedRoute, InTransaction
from chassis.problems import problems
from chassis.ratelimit import per_address
from fastapi import APIRouter, Depends, Query
from fastapi.responses import RedirectResponse

from leads.http.dependencies import OpenPage, WithLinks, throttle
from leads.http.wire import (
    ConfirmedAnswer,
    DeletedAnswer,
    RegistrationAccepted,
    RegistrationRequest,
    Token,
    TokenRequest,
)
from leads.links import CONFIRM, DELETE
from leads.use_cases.confirm_registration import confirm_registration as confirm
from leads.use_cases.delete_registration import delete_own_registration
from leads.use_cases.register_lead import Applicant, register_lead

router = APIRouter(tags=["registrants"])
registering = APIRouter(tags=["registrants"], route_class=EvenlyTimedRoute, dependencies=[Depends(throttle)])
LINK_PRESSED = Depends(per_address("registration-links", 60, 60))


@registering.post("/register/{shortId}", status_code=202, include_in_schema=False)
@registering.post(
    "/v1/public/pages/{shortId}/registrations",
    status_code=202,
    operation_id="register",
    summary="Be told when a page opens; asks for a confirmation by mail",
    responses=problems(404, 410, 422, 429, 503),
)
async def register(page: OpenPage, body: RegistrationRequest, tx: InTransaction) -> RegistrationAccepted:
    await register_lead(tx, page, Applicant(body.email, body.name, body.custom_fields, body.source))
    return RegistrationAccepted()


@router.post(
    "/v1/registrations/confirm",
    operation_id="confirmRegistration",
    summary="Confirm a registration with the token of its mail",
    responses=problems(404, 410, 422, 429),
    dependencies=[LINK_PRESSED],
)
async def confirm_registration(body: TokenRequest, links: WithLinks, tx: InTransaction) -> ConfirmedAnswer:
    page = await confirm(tx, links.registration_of(CONFIRM, body.token))
    return ConfirmedAnswer(page_url=links.page_url(page.short_id))


@router.post(
    "/v1/registrations/delete",
    operation_id="deleteOwnRegistration",
    summary="Delete a registration with the token of its mail",
    responses=problems(404, 422, 429),
    dependencies=[LINK_PRESSED],
)
async def delete_registration(body: TokenRequest, links: WithLinks, tx: InTransaction) -> DeletedAnswer:
    await delete_own_registration(tx, links.registration_of(DELETE, body.token))
    return DeletedAnswer()


OneClickToken = Annotated[Token, Query(description="Stands in the address because RFC 8058 leaves no other place")]


@router.post(
    "/v1/registrations/unsubscribe",
    operation_id="unsubscribe",
    summary="Delete a registration with one click in a mail program (RFC 8058)",
    responses=problems(404, 422),
)
async def unsubscribe(token: OneClickToken, links: WithLinks, tx: InTransaction) -> DeletedAnswer:
    await delete_own_registration(tx, links.registration_of(DELETE, token))
    return DeletedAnswer()


@router.get(
    "/v1/registrations/unsubscribe",
    operation_id="askBeforeUnsubscribing",
    summary="Lead whoever follows the link by hand to the page that asks first",
    status_code=303,
    response_class=RedirectResponse,
    responses=problems(404, 422),
)
async def ask_before_unsubscribing(token: OneClickToken, links: WithLinks) -> RedirectResponse:
    links.registration_of(DELETE, token)
    return RedirectResponse(links.delete_page(token), 303)


router.include_router(registering)
