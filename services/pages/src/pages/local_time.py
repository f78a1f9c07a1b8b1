"""Instants as creators give them: exact, or a local time in their page's zone. See docs/decisions/0015."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from chassis.errors import Invalid


def exact(given: datetime, zone_name: str, pointer: str) -> datetime:
    """`given` in UTC. Without an offset it is the time that `zone_name`'s clocks show.

    Raises Invalid at `pointer` for a time that those clocks skip, or show twice, and names the instants to choose from.
    """
    if given.tzinfo is not None:
        return given.astimezone(UTC)
    zone = ZoneInfo(zone_name)
    earlier, later = (given.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if earlier.utcoffset() == later.utcoffset():
        return earlier.astimezone(UTC)
    skipped = earlier.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != given
    first, second = sorted((earlier, later), key=lambda moment: moment.astimezone(UTC))
    choices = f"{_written(first, zone)} or {_written(second, zone)}"
    if skipped:
        raise Invalid(pointer, f"The clocks of {zone_name} skip this time. Say which instant is meant: {choices}.")
    raise Invalid(pointer, f"The clocks of {zone_name} show this time twice. Say which is meant: {choices}.")


def _written(moment: datetime, zone: ZoneInfo) -> str:
    """With the offset in force at that instant; a skipped time is written as the clocks show it then."""
    return moment.astimezone(UTC).astimezone(zone).isoformat()
