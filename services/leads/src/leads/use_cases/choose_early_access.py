"""A creator says who may enter a page before its launch, and how long before."""

from collections.abc import Sequence
from uuid import UUID

from chassis.db import Tx
from chassis.errors import Invalid
from sqlalchemy import delete
from sqlmodel import col

from leads import store
from leads.models import EarlyAccessWave, Wave


async def choose_early_access(tx: Tx, page_id: UUID, waves: Sequence[Wave]) -> None:
    """Replaces what was chosen; none lets all in at once, as early as the page allows. Raises Invalid."""
    page = await store.page_to_change(tx.session, page_id)  # two who choose at once replace each other's choice
    for place, wave in enumerate(waves):
        if wave.minutes_before > page.early_access_minutes:
            allowed = f"The page lets nobody in sooner than {page.early_access_minutes} minutes before its launch."
            raise Invalid(f"#/waves/{place}/minutesBefore", allowed)
        if place and wave.minutes_before >= waves[place - 1].minutes_before:
            raise Invalid(f"#/waves/{place}/minutesBefore", "Each wave enters later than the one before it.")
        if wave.registrants is None and place < len(waves) - 1:
            raise Invalid(f"#/waves/{place}/registrants", "Only the last wave can be all who are left.")
    await tx.session.execute(delete(EarlyAccessWave).where(col(EarlyAccessWave.page_id) == page.id))
    tx.session.add_all(
        EarlyAccessWave(page_id=page.id, minutes_before=wave.minutes_before, registrants=wave.registrants)
        for wave in waves
    )
