"""What Cloudflare's edge is told of a page: what anybody may know, with the instants at which that turns false."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from chassis.db import Session
from chassis.edge import Entry
from chassis.errors import NotHeardYet
from storefront.rich_text import plain

from pages import store
from pages.http.wire import PublicPageView, instant_as_json
from pages.views import PublicPage

BY_THE_CLOCK = {"server_now", "state", "remaining"}
"""What the edge says for itself, or leaves to the origin."""
MOST_SAID = 500
"""Characters of a farewell that the edge says, in plain words; all of it stands at the origin."""
REMEMBERED = timedelta(days=1)
"""How long the edge refuses a page that was withdrawn, before it asks the origin again."""


async def edge_entries(session: Session, keys: Sequence[str], now: datetime) -> Mapping[str, Entry]:
    """The entries of `keys`; none of a page that nobody may see."""
    found = {key: await _entry(session, key.removeprefix(store.EDGE_KEY), now) for key in keys}
    return {key: entry for key, entry in found.items() if entry is not None}


async def _entry(session: Session, short_id: str, now: datetime) -> Entry | None:
    try:
        page = await store.public_page(session, short_id)
    except NotHeardYet:
        return None
    if page is not None:
        return Entry(json.dumps(_facts(page, now)), page.closes_at)
    withdrawn = await session.scalar(store.is_withdrawn(short_id))
    return Entry(json.dumps({"withdrawn": True}), now + REMEMBERED) if withdrawn else None


def _facts(page: PublicPage, now: datetime) -> dict[str, Any]:
    """`document` is true until `until`, of a page that is not capped; with `farewell` the edge may say good-bye."""
    mode = page.page.after_expiry.get("mode", "message")
    ends = [product.expires_at for product in page.products if product.expires_at is not None]
    changes = [end for end in ends if now < end < page.closes_at]
    if mode == "redirect":  # where to, the document says from then on
        changes.append(page.closes_at)
    upcoming = min(changes, default=None)
    says_only_so = mode == "message" and page.successor is None
    message = page.page.after_expiry.get("message", "")
    farewell = {"title": page.title, "message": plain(message, MOST_SAID)}
    return {
        "launchAt": _written(page.launch_at),
        "expiresAt": _written(page.closes_at),
        "until": None if upcoming is None else _written(upcoming),
        "capped": page.page.quantity_limit is not None,
        "farewell": farewell if says_only_so else None,
        "document": PublicPageView.of(page, now).model_dump(mode="json", by_alias=True, exclude=BY_THE_CLOCK),
    }


def _written(instant: datetime) -> Any:
    return json.loads(instant_as_json(instant))
