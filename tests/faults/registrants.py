"""Registrants: they ask to be told, and press the button in their mail."""

import re

from .actors import insist, soon, visitor
from .population import Population, Told
from .world import World

CONFIRMATION = re.compile(r"/r/confirm#(\S+)")


async def register(world: World, people: Population, number: int) -> None:
    """Ask to be told of the launch, and press the button that the mail leads to."""
    email = people.address(f"lead{number}")
    path = f"/api/leads/v1/public/pages/{people.page['shortId']}/registrations"
    async with visitor(world, people) as edge:
        answer = await insist(lambda: edge.post(path, json={"email": email}))
        if answer is None or answer.status_code != 202:
            return
        people.told.append(Told("registered", email))
        token = await _mailed(world, email, CONFIRMATION)
        if token is None:
            return
        confirmed = await insist(lambda: edge.post("/api/leads/v1/registrations/confirm", json={"token": token}))
        if confirmed is not None and confirmed.status_code == 200:
            people.told.append(Told("confirmed", email))


async def _mailed(world: World, email: str, wanted: re.Pattern[str]) -> str | None:
    """What of a mail to `email` is wanted, once it has come."""

    async def read() -> str | None:
        mails = (await world.mail.get("/api/messages", params={"to": email})).json()
        found = [match for mail in mails if (match := wanted.search(mail["text"]))]
        return found[0][1] if found else None

    return await soon(read)
