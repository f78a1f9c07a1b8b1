"""Creators: they change pages, and see them end."""

from .actors import insist, soon, visitor
from .buyers import until_the_end
from .ledger import EXPIRED
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
    """Wait for the page's end, and until it has been announced."""
    await until_the_end(people, 0)

    async def announced() -> bool | None:
        return world.witness.has_seen(EXPIRED, people.page_id) or None

    await soon(announced)
