"""Where a visitor came from, as the `utm_source` of the address that was followed says it."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from chassis.texts import Line

OTHER = "other"
"""What is counted of a source that is not a short name."""
_NAME = re.compile(r"[a-z0-9._-]{1,40}")


def source_of(given: str | None) -> str | None:
    """`given` as it is counted: never what could be somebody's address; None where nothing is said."""
    written = (given or "").strip().lower()
    if not written:
        return None
    return written if _NAME.fullmatch(written) else OTHER


Source = Annotated[
    Line | None,
    Field(max_length=2000, description="The `utm_source` that the buyer or registrant came by: counted, no more."),
    AfterValidator(source_of),
]
