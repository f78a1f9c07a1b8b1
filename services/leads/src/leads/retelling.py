"""What leads tells anew to who rebuilds a read model."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from chassis.db import Session
from chassis.read_models import Retelling, page_after
from contracts import Event
from sqlmodel import col, select

from leads.models import Registration


async def registrations(session: Session, last: UUID | None, _now: datetime) -> Sequence[Event]:
    """Those that were confirmed: nothing was told of the others."""
    confirmed = select(Registration).where(col(Registration.confirmed_at).is_not(None))
    page = page_after(confirmed, col(Registration.id), last)
    return [registration.retold() for registration in (await session.execute(page)).scalars()]


RETELLINGS: Mapping[str, Retelling] = {"registration": registrations}
