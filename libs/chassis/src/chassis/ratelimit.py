"""Throttling by address, account or page: counted in Redis, so that a flush only forgives."""

import math
import time
from collections.abc import Awaitable, Callable

from fastapi import Request, Response
from redis import exceptions
from redis.asyncio import Redis

from chassis import telemetry
from chassis.addresses import caller
from chassis.errors import TooManyRequests

log = telemetry.logger(__name__)
WARN_SECONDS = 60
_warned: dict[str, float] = {}
"""When a kind of refusal was last told of."""


async def spend(redis: Redis, name: str, limit: int, seconds: int) -> tuple[int, int]:
    """Count one use of `name`: how many are left in its window, and in how many seconds it ends. Raises at none."""
    key = f"limit:{name}"
    try:
        async with redis.pipeline(transaction=True) as pipe:
            pipe.incr(key)
            pipe.expire(key, seconds, nx=True)
            pipe.ttl(key)
            used, _, rest = await pipe.execute()
    except exceptions.RedisError as error:
        _warn(error)
        return limit, seconds  # the cache being away, or unable, must not close the shop
    if used > limit:
        headers = {"RateLimit-Limit": str(limit), "RateLimit-Remaining": "0", "RateLimit-Reset": str(rest)}
        raise TooManyRequests(retry_after=rest, headers=headers)
    return limit - used, rest


def _warn(error: exceptions.RedisError) -> None:
    """Tell, once in WARN_SECONDS, of what readiness does not see: a Redis that is there and does not count."""
    if isinstance(error, exceptions.ConnectionError | exceptions.TimeoutError):
        return
    kind, now = type(error).__name__, time.monotonic()
    if now - _warned.get(kind, -math.inf) >= WARN_SECONDS:
        _warned[kind] = now
        log.warning("throttles are off", error=f"{kind}: {error}")


def per_address(name: str, limit: int, seconds: int) -> Callable[[Request, Response], Awaitable[None]]:
    """Dependency: at most `limit` requests in `seconds` from one address."""

    async def throttle(request: Request, response: Response) -> None:
        left, rest = await spend(request.app.state.redis, f"{name}:{caller(request)}", limit, seconds)
        response.headers["RateLimit-Limit"] = str(limit)
        response.headers["RateLimit-Remaining"] = str(left)
        response.headers["RateLimit-Reset"] = str(rest)

    return throttle
