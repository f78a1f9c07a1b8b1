"""What the routes share: the page that is asked for, and throttling."""

import re
from typing import Annotated

from chassis.addresses import caller
from chassis.api import WithDatabase
from chassis.auth import SignedIn
from chassis.errors import NotFound
from chassis.mirrors import unheard
from chassis.path_ids import PageId
from chassis.ratelimit import spend
from chassis.scopes import Scope
from fastapi import Depends, Path, Request, Security
from redis.asyncio import Redis
from storefront import Storefront

from leads import store
from leads.errors import PageUnknown
from leads.links import Links
from leads.models import MirroredPage

MOST_PER_CALLER = 60
MOST_PER_VISITOR = 10
MOST_PER_PAGE = 1200
"""Registrations a minute: by one client address on all pages, by one on one page, and on one page by all."""
_SHORT_ID = re.compile(r"[0-9A-Za-z]{10,32}")

ShortId = Annotated[str, Path(alias="shortId", description="As in the page's address, /p/{shortId}")]


async def _well_formed(short_id: ShortId) -> str:
    """Raises PageUnknown for what is none: nothing is counted by it, or looked up."""
    if not _SHORT_ID.fullmatch(short_id):
        raise PageUnknown
    return short_id


AskedFor = Annotated[str, Depends(_well_formed)]


async def throttle(request: Request, short_id: AskedFor) -> None:
    """Raises TooManyRequests."""
    redis: Redis = request.app.state.redis
    await spend(redis, f"register:{caller(request)}", MOST_PER_CALLER, 60)
    await spend(redis, f"register:{short_id}:{caller(request)}", MOST_PER_VISITOR, 60)
    await spend(redis, f"register:{short_id}", MOST_PER_PAGE, 60)


async def page_asked_for(request: Request, db: WithDatabase, short_id: AskedFor) -> MirroredPage:
    """The page of the address. Raises PageUnknown; NotHeardYet while its event may be on its way."""
    async with db.reading() as session:
        page = await session.scalar(store.page_of_short_id(short_id))
    if page is None:
        raise await unheard(request.app.state.redis, short_id, db.clock, PageUnknown())
    return page


async def own_page(db: WithDatabase, creator: SignedIn, page_id: PageId) -> MirroredPage:
    """The signed-in creator's page; raises NotFound for another's."""
    async with db.reading() as session:
        page = await store.page_of_creator(session, page_id, creator.creator_id)
    if page is None:
        raise NotFound
    return page


async def _shop(request: Request) -> Storefront:
    shop: Storefront = request.app.state.shop
    return shop


async def _links(request: Request) -> Links:
    links: Links = request.app.state.links
    return links


OpenPage = Annotated[MirroredPage, Depends(page_asked_for)]
OwnPage = Annotated[MirroredPage, Security(own_page, scopes=[Scope.REGISTRATIONS_READ])]
OwnPageToChange = Annotated[MirroredPage, Security(own_page, scopes=[Scope.REGISTRATIONS_WRITE])]
Shop = Annotated[Storefront, Depends(_shop)]
WithLinks = Annotated[Links, Depends(_links)]
