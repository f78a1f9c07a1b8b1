"""The append-only store's digest chain, checked by delivery's own rules."""

from importlib import import_module

import typer

from tempages.services import installed, opened


async def broken_rows(delivery_url: str) -> list[str]:
    """One line for each order whose chain does not hold; empty where all do."""
    if not installed("delivery"):
        raise typer.BadParameter("delivery is not installed here")
    verify = import_module("delivery.use_cases.verify_chain").verify_chain
    async with opened("delivery", delivery_url) as db, db.reading() as session:
        return [str(row) for row in await verify(session)]
