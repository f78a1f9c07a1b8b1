"""Who has to handle which event: the contents pages of the five services."""

from functools import cache
from importlib import import_module

from local_stack.ports import SERVICES


@cache
def _by_key() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for service in SERVICES:
        for subscription in import_module(f"{service}.subscribers").SUBSCRIPTIONS:
            for event in subscription.events:
                found.setdefault(event.key, set()).add(subscription.queue)
    return {key: frozenset(queues) for key, queues in found.items()}


def queues_of(key: str) -> frozenset[str]:
    """The queues that an event of that key goes to."""
    return _by_key().get(key, frozenset())


def dead_queues() -> list[str]:
    return sorted({f"{queue}.dead" for queues in _by_key().values() for queue in queues})
