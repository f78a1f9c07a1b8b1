"""Who asks for pages that do not exist: an address that does so too often is answered nothing for a while.

A page that exists costs its visitors no count: a thousand of them may stand behind one address at its launch.
"""

import time

from chassis.errors import TooManyRequests
from chassis.ratelimit import spend
from redis.asyncio import Redis

A_MINUTE = 600
"""By one address: enough for every dead link that somebody follows, far too few to find a page by chance."""
MOST_REFUSED = 10_000


class Guesses:
    """The count is shared (Redis); that an address is refused is kept in this process, so that asking is free."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._refused_until: dict[str, float] = {}

    def admit(self, address: str) -> None:
        """Raises TooManyRequests for an address that was refused and whose time is not up."""
        until = self._refused_until.get(address)
        if until is None:
            return
        left = until - time.monotonic()
        if left > 0:
            raise TooManyRequests(retry_after=int(left) + 1)
        del self._refused_until[address]

    async def count(self, address: str) -> None:
        """One page that is not there was asked for. Raises TooManyRequests when it is one too many."""
        try:
            await spend(self._redis, f"unknown-page:{address}", A_MINUTE, 60)
        except TooManyRequests as refusal:
            self._refuse(address, float(refusal.headers["Retry-After"]))
            raise

    def _refuse(self, address: str, seconds: float) -> None:
        if len(self._refused_until) >= MOST_REFUSED:
            self._refused_until.clear()  # the count in Redis still refuses them, at their next guess
        self._refused_until[address] = time.monotonic() + seconds
