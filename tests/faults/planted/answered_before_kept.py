"""Planted: a webhook that is answered at once, and followed afterwards."""

import asyncio

from chassis.failpoints import failpoint
from checkout import webhooks
from checkout.use_cases import hear_stripe as hearing

from tests.faults.planted.entry import plant, start

tasks: set[asyncio.Task[None]] = set()
kept = hearing.hear_stripe


async def answer_first(*given: object) -> None:
    async def later() -> None:
        await asyncio.sleep(0.05)
        failpoint("webhook.answered")
        await kept(*given)  # type: ignore[arg-type]

    tasks.add(asyncio.create_task(later()))


plant(webhooks, "hear_stripe", answer_first)
start()
