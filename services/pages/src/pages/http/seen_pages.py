"""The published page of an address, for whoever asks."""

import re
from typing import Annotated

from chassis.addresses import caller
from chassis.db import Database
from fastapi import Depends, Path, Request

from pages import store
from pages.errors import PageUnknown
from pages.http.guesses import Guesses
from pages.page_cache import PageCache
from pages.views import PublicPage

_SHORT_ID = re.compile(r"[0-9A-Za-z]{10,32}")
ShortId = Annotated[str, Path(alias="shortId", description="As in the page's address, /p/{shortId}")]


def cache(request: Request) -> PageCache:
    found: PageCache = request.app.state.cache
    return found


async def seen_page(request: Request, short_id: ShortId) -> PublicPage:
    """The published page of an address. Raises PageUnknown, the same for a draft as for none; NotHeardYet;
    TooManyRequests to who guesses.
    """
    guesses: Guesses = request.app.state.guesses
    guesses.admit(caller(request))
    could_be_one = _SHORT_ID.fullmatch(short_id) is not None
    page = await cache(request).get(short_id) if could_be_one else None
    if page is None:
        if not (could_be_one and await _is_withdrawn(request, short_id)):
            await guesses.count(caller(request))
        raise PageUnknown
    return page


async def _is_withdrawn(request: Request, short_id: str) -> bool:
    """Who asks for one that was taken down, such as an open tab, has not guessed."""
    db: Database = request.app.state.db
    async with db.reading() as session:
        return bool(await session.scalar(store.is_withdrawn(short_id)))


SeenPage = Annotated[PublicPage, Depends(seen_page)]
