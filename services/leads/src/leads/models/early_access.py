"""Early access in waves: who may enter how long before the launch.

A wave admits the next `registrants` who confirmed, in the order they registered, `minutes_before` the launch.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Field

from leads.models.base import LeadsTable


@dataclass(frozen=True)
class Wave:
    """`registrants` None: all who are left."""

    minutes_before: int
    registrants: int | None


class EarlyAccessWave(LeadsTable, table=True):
    """A wave as the creator set it."""

    __tablename__ = "early_access_waves"

    page_id: UUID = Field(primary_key=True)
    minutes_before: int = Field(primary_key=True)
    registrants: int | None = None


@dataclass(frozen=True)
class Admission:
    """What the waves that have begun come to: how many may enter, and from when on the latest of them."""

    registrants: int | None
    opens_at: datetime

    def places_left(self, taken: int, most: int) -> int:
        """How many more may enter, at most `most`."""
        return most if self.registrants is None else max(0, min(most, self.registrants - taken))


def waves_of(early_access_minutes: int, chosen: Sequence[EarlyAccessWave]) -> list[Wave]:
    """A page's waves, the earliest first. None chosen: one for all. Nobody enters sooner than the page allows."""
    if early_access_minutes == 0:
        return []
    if not chosen:
        return [Wave(early_access_minutes, None)]
    waves = [Wave(min(wave.minutes_before, early_access_minutes), wave.registrants) for wave in chosen]
    return sorted(waves, key=lambda wave: -wave.minutes_before)


def admission(waves: Sequence[Wave], launch_at: datetime, now: datetime) -> Admission | None:
    """None before the first wave."""
    begun = [wave for wave in waves if now >= launch_at - timedelta(minutes=wave.minutes_before)]
    if not begun:
        return None
    sizes = [wave.registrants for wave in begun]
    bounded = [size for size in sizes if size is not None]
    total = sum(bounded) if len(bounded) == len(sizes) else None
    return Admission(total, launch_at - timedelta(minutes=begun[-1].minutes_before))
