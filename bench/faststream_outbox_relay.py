"""faststream-outbox's part of `relay.py`, run by a Python that has it: prints the seconds that it took.

Its options: 50 workers, claims of 500, deletions of 50.
"""

import asyncio
import sys
import time
from uuid import uuid4

from faststream.rabbit import RabbitBroker, RabbitExchange
from faststream_outbox import OutboxBroker, make_outbox_table  # type: ignore[import-not-found]
from sqlalchemy import MetaData, func, select
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine

QUEUE = "relay"


def envelope(thing: str, version: int, key: str) -> dict[str, object]:
    return {
        "specversion": "1.0",
        "id": str(uuid4()),
        "source": "/example",
        "type": f"tempages.{key}",
        "subject": thing,
        "time": "2026-01-01T00:00:00Z",
        "datacontenttype": "application/json",
        "sequence": f"{version:010d}",
        "data": {"id": thing, "version": version, "name": "x" * 60},
    }


async def main(database_url: str, amqp_url: str, exchange: str, key: str, events: int, aggregates: int) -> None:
    metadata = MetaData()
    table = make_outbox_table(metadata, table_name="other_outbox")
    engine = create_async_engine(database_url.replace("postgresql://", "postgresql+asyncpg://"), pool_size=60)
    async with engine.begin() as connection:
        await connection.run_sync(metadata.drop_all)
        await connection.run_sync(metadata.create_all)
    outbox, rabbit = OutboxBroker(engine, outbox_table=table, logger=None), RabbitBroker(amqp_url, logger=None)

    @outbox.subscriber(  # type: ignore[untyped-decorator]
        QUEUE, max_workers=50, fetch_batch_size=500, min_fetch_interval=0.01, terminal_flush_batch_size=50
    )
    async def relay(body: dict[str, object]) -> None:
        await rabbit.publish(body, routing_key=key, exchange=RabbitExchange(exchange, declare=False), persist=True)

    await write(outbox, engine, [str(uuid4()) for _ in range(aggregates)], events // aggregates, key)
    await rabbit.start()
    began = time.perf_counter()
    await outbox.start()
    async with engine.connect() as connection:
        while await connection.scalar(select(func.count()).select_from(table)):
            await connection.commit()
            await asyncio.sleep(0.02)
    print(time.perf_counter() - began)
    await outbox.stop()
    await rabbit.stop()
    await engine.dispose()


async def write(outbox: OutboxBroker, engine: AsyncEngine, things: list[str], versions: int, key: str) -> None:
    sessions = async_sessionmaker(engine)
    for version in range(1, versions + 1):
        async with sessions() as session, session.begin():
            await outbox.publish_batch(
                *(envelope(thing, version, key) for thing in things), queue=QUEUE, session=session
            )


if __name__ == "__main__":
    database_url, amqp_url, exchange, key, *numbers = sys.argv[1:]
    events, aggregates = map(int, numbers)
    asyncio.run(main(database_url, amqp_url, exchange, key, events, aggregates))
