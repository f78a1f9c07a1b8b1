"""A transition that the state machine refuses changes nothing, and is recorded."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from chassis.db import Tx

from checkout.errors import TransitionRefused
from checkout.models import Order


@asynccontextmanager
async def recording_refusals(tx: Tx, order: Order, because: str) -> AsyncIterator[None]:
    """Around one transition: what is refused stands in the security log, with what asked for it."""
    try:
        yield
    except TransitionRefused as refused:
        await tx.log_security(
            "order-transition-refused", order.id, current=refused.current, asked=refused.asked, because=because
        )
