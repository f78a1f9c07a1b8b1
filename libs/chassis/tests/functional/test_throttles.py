"""Throttles, counted in a real Redis, and what becomes of them when it does not count."""

import logging

import pytest
from chassis import ratelimit
from chassis.clock import new_id
from chassis.errors import TooManyRequests
from chassis.ratelimit import spend
from local_stack import Stack
from redis.asyncio import Redis


async def test_a_use_beyond_the_limit_is_told_when_to_come_back(infrastructure: Stack) -> None:
    name = new_id().hex
    async with Redis.from_url(infrastructure.environment()["REDIS_URL"]) as redis:
        assert [(await spend(redis, name, 2, 60))[0] for _ in "12"] == [1, 0]
        with pytest.raises(TooManyRequests) as refused:
            await spend(redis, name, 2, 60)
    assert 0 < int(refused.value.headers["Retry-After"]) <= 60


async def test_a_redis_that_may_not_count_is_told_of_once_and_closes_nothing(
    infrastructure: Stack, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ratelimit, "_warned", {})
    url = infrastructure.environment()["REDIS_URL"]
    async with Redis.from_url(url) as admin:
        await admin.acl_setuser("reader", enabled=True, passwords=["+reader"], keys=["*"], commands=["+ping", "+multi"])
        try:
            with caplog.at_level(logging.WARNING):
                async with Redis.from_url(url, username="reader", password="reader") as redis:
                    assert await redis.ping()
                    assert [await spend(redis, "name", 1, 60) for _ in "12"] == [(1, 60)] * 2
        finally:
            await admin.acl_deluser("reader")
    assert caplog.text.count("throttles are off") == 1


async def test_a_redis_that_is_away_closes_nothing_and_is_left_to_readiness(caplog: pytest.LogCaptureFixture) -> None:
    async with Redis.from_url("redis://127.0.0.1:1/0") as redis:
        assert await spend(redis, "name", 1, 60) == (1, 60)
    assert not caplog.records
