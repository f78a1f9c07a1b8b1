"""The people and things of one schedule: a page of its own, and what its people were told."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from local_stack.seller import soon

from .market import Shopkeeper
from .world import World


@dataclass(frozen=True)
class Told:
    """Something that a service answered with 2xx: it must stand, whatever happens afterwards."""

    what: str
    """placed, refunded, changed, registered, confirmed, downloaded."""
    subject: str
    """The id of the order or page, or the address, that it is about."""
    amount: int = 0
    """Of money, or a version."""


@dataclass
class Population:
    """`name` tells it apart from all others, also in the addresses of its people."""

    name: str
    keeper: Shopkeeper
    page: dict[str, Any]
    random: random.Random
    told: list[Told] = field(default_factory=list)
    wishes: int = 0
    """How often a buyer wanted to buy: at most as many orders there may be."""
    addresses: set[str] = field(default_factory=set)

    @property
    def page_id(self) -> str:
        return str(self.page["id"])

    @property
    def ends_at(self) -> datetime:
        """When its page closes."""
        return datetime.fromisoformat(self.page["expiresAt"])

    def address(self, who: str) -> str:
        """The address of somebody of this population."""
        address = f"{who}.{self.name}@example.com"
        self.addresses.add(address)
        return address

    def acknowledged(self, what: str) -> list[Told]:
        return [told for told in self.told if told.what == what]


PageWish = Callable[[random.Random], Mapping[str, Any]]
"""What is asked of a population's page."""


def any_page(_chance: random.Random) -> Mapping[str, Any]:
    return {"expiresAt": soon(hours=3)}


async def settle_down(world: World, name: str, seed: str, number: int, wish: PageWish) -> Population:
    """A new page on the market."""
    keeper, chance = world.market.keeper(number), random.Random(seed)
    published = await keeper.creator.page(keeper.product["id"], **wish(chance))
    return Population(name, keeper, published, chance)
