"""Creators: they change pages, and see them end."""

import httpx

from .actors import insist, soon, visitor
from .buyers import until_the_end
from .population import Population, Told
from .world import World


async def change_page(world: World, people: Population, number: int) -> None:
    """The creator changes what the page says, a few times."""
    path, headers = f"/api/pages/v1/pages/{people.page_id}", people.keeper.creator.headers
    async with visitor(world, people) as edge:
        for turn in range(people.random.randint(2, 5)):
            shown = await insist(lambda: edge.get(path, headers=headers))
            if shown is None or shown.status_code != 200:
                return
            change = {"customization": {"title": f"{people.name} {number} {turn}"}}
            matching = {**headers, "If-Match": shown.headers["etag"]}
            answer = await insist(lambda: edge.patch(path, json=change, headers=matching))  # noqa: B023 - awaited here
            if answer is not None and answer.status_code == 200:
                people.told.append(Told("changed", people.page_id, int(answer.headers["etag"].strip('"'))))


async def see_the_end(world: World, people: Population, _number: int) -> None:
    """Wait until the page is shown as ended, and its end has been announced."""
    path, headers = f"/api/pages/v1/pages/{people.page_id}", people.keeper.creator.headers
    await until_the_end(people, 0)
    async with visitor(world, people) as edge:

        async def ask() -> httpx.Response | None:
            shown = await insist(lambda: edge.get(path, headers=headers))
            return shown if shown is not None and shown.json().get("status") == "expired" else None

        await soon(ask)
