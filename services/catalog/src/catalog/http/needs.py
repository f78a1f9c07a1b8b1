"""What routes need from outside, put on `app.state` by main."""

import hashlib
from typing import Annotated, Any

from chassis.api import IfMatch, require_match
from fastapi import Depends, Query, Request
from storefront import Storefront

from catalog.access_tokens import AccessTokens
from catalog.links import Links
from catalog.ports import Accounts, Objects, Passwords
from catalog.settings import CatalogSettings
from catalog.stripe_accounts import ConnectWebhooks


class Needed:
    """Dependency: what stands on `app.state` under `name`."""

    def __init__(self, name: str) -> None:
        self._name = name

    async def __call__(self, request: Request) -> Any:
        return getattr(request.app.state, self._name)


WithPasswords = Annotated[Passwords, Depends(Needed("passwords"))]
WithAccessTokens = Annotated[AccessTokens, Depends(Needed("access_tokens"))]
WithAccounts = Annotated[Accounts, Depends(Needed("accounts"))]
WithWebhooks = Annotated[ConnectWebhooks, Depends(Needed("webhooks"))]
WithObjects = Annotated[Objects, Depends(Needed("objects"))]
WithLinks = Annotated[Links, Depends(Needed("links"))]
WithStorefront = Annotated[Storefront, Depends(Needed("storefront"))]
WithSettings = Annotated[CatalogSettings, Depends(Needed("settings"))]


def account_named(email: str) -> str:
    """What tries of one account are counted by, whether it exists or not: its address, hashed."""
    return hashlib.sha256(email.lower().encode()).hexdigest()


EvenThoughLive = Annotated[
    bool,
    Query(alias="evenThoughLive", description="You know that it concerns pages which have not closed (409 names them)"),
]


class Matching:
    """Raises unless it is given the version that If-Match names."""

    def __init__(self, if_match: str | None) -> None:
        self._if_match = if_match

    def __call__(self, version: int) -> None:
        require_match(self._if_match, version)


async def _matching(if_match: IfMatch = None) -> Matching:
    return Matching(if_match)


IsCurrent = Annotated[Matching, Depends(_matching)]
