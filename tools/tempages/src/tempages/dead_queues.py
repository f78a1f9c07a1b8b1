"""The dead queues by the names that operators use."""

from chassis.topology import UNHEARD

from tempages.services import chosen, subscriptions


def queues() -> list[str]:
    """Every dead queue of the services installed here, and that of what nobody hears."""
    return [*(heard.dead_queue for service in chosen(None) for heard in subscriptions(service)), UNHEARD]


def dead_queue(handler: str) -> str:
    """The queue that `handler` names, with or without `.dead`; raises LookupError for any other."""
    for queue in queues():
        if handler in (queue, queue.removesuffix(".dead")):
            return queue
    raise LookupError(handler)
