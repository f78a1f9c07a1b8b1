"""Planted: a consumer that commits the claim of an event before it begins the work."""

from chassis.consumer import QueueConsumer, decode
from chassis.failpoints import failpoint

from tests.faults.planted.entry import plant, start


async def handle(consumer: QueueConsumer, body: bytes) -> None:
    envelope = decode(body, consumer._expected)
    async with consumer._db.transaction() as tx:
        claimed = await tx.claim(consumer._subscription.queue, envelope.id)
    failpoint("consumer.after-claim")
    if claimed:
        async with consumer._db.transaction() as tx:
            await consumer._subscription.handler(tx, envelope)


plant(QueueConsumer, "_handle", handle)
start()
