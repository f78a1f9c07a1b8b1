"""An account's address and password, by links that were mailed: the pages that ask, and what they POST."""

from typing import Annotated

from chassis.api import EvenlyTimedRoute, InTransaction, RequestModel, ResponseModel, WithDatabase
from chassis.auth import SignedIn
from chassis.problems import problems
from chassis.ratelimit import per_address, spend
from chassis.texts import EmailAddress
from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse
from pydantic import Field
from storefront import Storefront, account

from catalog.http.needs import WithLinks, WithPasswords, WithStorefront, account_named
from catalog.http.passwords import GivenPassword, Password, count_try
from catalog.links import PATHS
from catalog.models import LetterPurpose
from catalog.use_cases.change_email import ask_to_change_email, change_email
from catalog.use_cases.reset_password import ask_for_reset, reset_password
from catalog.use_cases.verify_email import ask_to_verify, verify_email

LETTERS_AN_HOUR = 5
"""Of one purpose, to one account."""
router = APIRouter(tags=["account"])
forgotten = APIRouter(tags=["account"], route_class=EvenlyTimedRoute)
LINK_PRESSED = Depends(per_address("account-links", 60, 60))
Token = Annotated[str, Field(max_length=200, pattern=r"^[\x21-\x7e]+$")]


class GivenToken(RequestModel):
    """`token`: what stands behind # in the mail's link."""

    token: Token


class ResetWanted(RequestModel):
    email: EmailAddress


class NewPassword(RequestModel):
    """`token`: what stands behind # in the mail's link."""

    token: Token
    password: Password


class EmailChange(RequestModel):
    """The new address, and the password again."""

    email: EmailAddress
    password: GivenPassword


class EmailShown(ResponseModel):
    """The account's address, which its creator reads."""

    email: str


@router.post(
    "/v1/creators/me/email-verification",
    status_code=202,
    summary="Have another mail sent that asks to verify your address",
    responses=problems(401, 404, 429),
)
async def post_verification(who: SignedIn, request: Request, tx: InTransaction) -> None:
    """The one before it opens nothing any more. No mail when the address is verified."""
    await spend(request.app.state.redis, f"verify-email:{who.creator_id}", LETTERS_AN_HOUR, 3600)
    await ask_to_verify(tx, who.creator_id)


@router.post(
    "/v1/email-verifications",
    summary="Verify an address with the token of its mail",
    dependencies=[LINK_PRESSED],
    responses=problems(404, 410, 422, 429),
)
async def post_verified(given: GivenToken, links: WithLinks, tx: InTransaction) -> EmailShown:
    creator = await verify_email(tx, links.letter_of(LetterPurpose.VERIFY_EMAIL, given.token))
    return EmailShown(email=creator.email)


@router.post(
    "/v1/creators/me/email",
    status_code=202,
    summary="Ask to move your account to another address",
    responses=problems(401, 403, 404, 422, 429),
)
async def post_email(
    given: EmailChange, who: SignedIn, request: Request, db: WithDatabase, passwords: WithPasswords
) -> None:
    """A mail to the new address asks to confirm it; until that is done the old one stays."""
    await count_try(request, who)
    await spend(request.app.state.redis, f"change-email:{who.creator_id}", LETTERS_AN_HOUR, 3600)
    await ask_to_change_email(db, passwords, who.creator_id, given.password, given.email)


@router.post(
    "/v1/email-changes",
    summary="Confirm the new address with the token of its mail",
    dependencies=[LINK_PRESSED],
    responses=problems(404, 409, 410, 422, 429),
)
async def post_changed_email(given: GivenToken, links: WithLinks, tx: InTransaction) -> EmailShown:
    """Good once. The old address is told."""
    creator = await change_email(tx, links.letter_of(LetterPurpose.CHANGE_EMAIL, given.token))
    return EmailShown(email=creator.email)


@forgotten.post(
    "/v1/password-resets",
    status_code=202,
    summary="Have a link mailed that lets you choose another password",
    dependencies=[Depends(per_address("password-reset", 60, 600))],
    responses=problems(422, 429),
)
async def post_reset(wanted: ResetWanted, request: Request, tx: InTransaction) -> None:
    """The same answer, in the same time, whether there is such an account or not. Throttled by both."""
    await spend(request.app.state.redis, f"reset-of:{account_named(wanted.email)}", LETTERS_AN_HOUR, 3600)
    await ask_for_reset(tx, wanted.email)


@router.post(
    "/v1/password-resets/complete",
    status_code=204,
    summary="Choose another password with the token of the mail",
    dependencies=[LINK_PRESSED],
    responses=problems(404, 410, 422, 429),
)
async def post_new_password(given: NewPassword, links: WithLinks, db: WithDatabase, passwords: WithPasswords) -> None:
    """Good once, for an hour. Signs you out on every device."""
    letter_id = links.letter_of(LetterPurpose.RESET_PASSWORD, given.token)
    await reset_password(db, passwords, letter_id, given.password)


@router.get(
    PATHS[LetterPurpose.VERIFY_EMAIL],
    summary="The page that asks before it verifies an address",
    response_class=HTMLResponse,
)
async def get_verify_page(shop: WithStorefront) -> HTMLResponse:
    return ask_first(shop, account.VerifyEmail(action_url=_through_the_edge("/v1/email-verifications")))


@router.get(
    PATHS[LetterPurpose.CHANGE_EMAIL],
    summary="The page that asks before it changes an address",
    response_class=HTMLResponse,
)
async def get_email_page(shop: WithStorefront) -> HTMLResponse:
    return ask_first(shop, account.ChangeEmail(action_url=_through_the_edge("/v1/email-changes")))


@router.get(
    PATHS[LetterPurpose.RESET_PASSWORD],
    summary="The page on which another password is chosen",
    response_class=HTMLResponse,
)
async def get_password_page(shop: WithStorefront) -> HTMLResponse:
    return ask_first(shop, account.ChoosePassword(action_url=_through_the_edge("/v1/password-resets/complete")))


def _through_the_edge(path: str) -> str:
    """As a browser reaches it."""
    return f"/api/catalog{path}"


def ask_first(shop: Storefront, shown: account.AskFirst) -> HTMLResponse:
    """A page that no cache keeps."""
    return HTMLResponse(shop.show(shown), headers=shop.security_headers(private=True))


router.include_router(forgotten)
