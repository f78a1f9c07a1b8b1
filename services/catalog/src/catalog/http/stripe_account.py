"""A creator's Stripe account: the way to it, its state, and the pages on which Stripe sends them back."""

from typing import Annotated

from chassis.api import RequestModel, ResponseModel, WithDatabase
from chassis.auth import SignedIn
from chassis.problems import problems
from chassis.scopes import ReadsAccount
from fastapi import APIRouter, Body
from fastapi.responses import HTMLResponse
from storefront import Storefront

from catalog import store
from catalog.errors import NoStripeAccount, StripeUnavailable
from catalog.http.creators import StripeAccountBody
from catalog.http.needs import WithAccounts, WithStorefront
from catalog.use_cases.connect_stripe import connect_stripe, read_stripe_account

router = APIRouter(tags=["stripe account"])


class OnboardingWanted(RequestModel):
    """Nothing has to be said."""


class OnboardingLink(ResponseModel):
    """Send the creator there at once: it is good once, for minutes."""

    url: str


@router.post(
    "/v1/creators/me/stripe-account",
    status_code=201,
    summary="Link a Stripe account, or go on with it",
    responses=problems(401, 404, 422, 502, 503),
)
async def post_stripe_account(
    who: SignedIn, db: WithDatabase, accounts: WithAccounts, _wanted: Annotated[OnboardingWanted | None, Body()] = None
) -> OnboardingLink:
    return OnboardingLink(url=await connect_stripe(db, accounts, who.creator_id))


@router.get(
    "/v1/creators/me/stripe-account",
    summary="Whether the Stripe account can charge and pay out",
    responses=problems(401, 404),
)
async def get_stripe_account(who: ReadsAccount, db: WithDatabase, accounts: WithAccounts) -> StripeAccountBody:
    """Asked of Stripe, or what was last heard of it. 404 `no-stripe-account` before one is linked."""
    try:
        creator = await read_stripe_account(db, accounts, who.creator_id)
    except StripeUnavailable:
        async with db.reading() as session:
            creator = await store.creator(session, who.creator_id)
    if creator.stripe_account is None:
        raise NoStripeAccount
    return StripeAccountBody.model_validate(creator.stripe_account)


@router.get("/stripe/return", summary="Where Stripe sends a creator back", response_class=HTMLResponse)
async def get_return_page(shop: WithStorefront) -> HTMLResponse:
    return _page(shop, "stripe_return.html")


@router.get("/stripe/refresh", summary="Where Stripe sends a creator whose link has ended", response_class=HTMLResponse)
async def get_refresh_page(shop: WithStorefront) -> HTMLResponse:
    return _page(shop, "stripe_refresh.html")


def _page(shop: Storefront, template: str) -> HTMLResponse:
    return HTMLResponse(shop.render(template), headers=shop.security_headers(private=True))
