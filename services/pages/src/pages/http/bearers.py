"""Who comes with a pass (`?pass=`): early, or for the unit that is held for them. See docs/decisions/0035."""

from typing import Annotated

from chassis.passes import PassKind, WithPasses
from fastapi import Depends, Query

from pages.http.seen_pages import SeenPage
from pages.views import Bearer, PublicPage

GivenPass = Annotated[
    str | None,
    Query(alias="pass", description="Sent by leads: it lets its bearer in early, or for a held unit"),
]


def bearer_of(page: PublicPage, token: str | None, passes: WithPasses) -> Bearer | None:
    """None where what was given is no pass, or one for another page: who brings that is anybody."""
    found = passes.verified(token)
    if token is None or found is None or found.page_id != page.page.id:
        return None
    opens_at = found.expires_at if found.kind is PassKind.LEAD else found.not_before
    return Bearer(token, opens_at, found.expires_at, has_unit=found.kind is PassKind.WAITING_LIST)


async def page_to_bearer(page: SeenPage, passes: WithPasses, given: GivenPass = None) -> PublicPage:
    """The page as whoever asks may see it."""
    return page.seen_by(bearer_of(page, given, passes))


PageToBearer = Annotated[PublicPage, Depends(page_to_bearer)]
