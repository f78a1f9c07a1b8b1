"""A handler that notes what took effect."""

from typing import Any
from uuid import UUID

from chassis.db import Tx
from chassis.testing import PATIENCE, until
from contracts import Envelope


class Handled:
    """The ids of what took effect, each as often as it did."""

    def __init__(self) -> None:
        self.ids: list[UUID] = []

    async def __call__(self, tx: Tx, envelope: Envelope[Any]) -> None:
        self.ids.append(envelope.data.id)

    async def all_of(self, ids: set[UUID], seconds: float = PATIENCE) -> None:
        async def there() -> bool:
            return ids <= set(self.ids)

        await until(there, seconds)
