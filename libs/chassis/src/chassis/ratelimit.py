"""Throttling by address, account or page: counted in Redis, so that a flush only forgives."""

from collections.abc import Awaitable, Callable

from fastapi import Request, Response
from redis.asyncio import Redis
from redis.exceptions import RedisError

from chassis.addresses import caller
from chassis.errors import TooManyRequests


async def spend(redis: Redis, name: str, limit: int, seconds: int) -> tuple[int, int]:
    """Count one use of `name`: how many are left in its window, and in how many seconds it ends. Raises at none."""
    key = f"limit:{name}"
    try:
        async with redis.pipeline(transaction=True) as pipe:
            pipe.incr(key)
            pipe.expire(key, seconds, nx=True)
            pipe.ttl(key)
            used, _, rest = await pipe.execute()
    except RedisError:
        return limit, seconds  # the cache being away must not close the shop
    if used > limit:
        headers = {"RateLimit-Limit": str(limit), "RateLimit-Remaining": "0", "RateLimit-Reset": str(rest)}
        raise TooManyRequests(retry_after=rest, headers=headers)
    return limit - used, rest


def per_address(name: str, limit: int, seconds: int) -> Callable[[Request, Response], Awaitable[None]]:
    """Dependency: at most `limit` requests in `seconds` from one address."""

    async def throttle(request: Request, response: Response) -> None:
        left, rest = await spend(request.app.state.redis, f"{name}:{caller(request)}", limit, seconds)
        response.headers["RateLimit-Limit"] = str(limit)
        response.headers["RateLimit-Remaining"] = str(left)
        response.headers["RateLimit-Reset"] = str(rest)

    return throttle
