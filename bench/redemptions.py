"""Downloads asked for at once: counted together (as the service does) against each in a transaction of its own.

Real PostgreSQL; the object store is left out: it is asked after the counting. Both ways in one run, by turns.
    .venv/bin/python bench/redemptions.py [--buyers 1000] [--at-once 100] [--rounds 3]
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median

import asyncpg
from chassis.db import Database
from chassis.errors import Problem
from chassis.keyring import token_hash
from chassis.testing import TestDatabase, prepared_database
from delivery.use_cases.redeem_link import Asked, Redeemer, Visitor, count_attempts
from local_stack import Stack

VISITOR = Visitor("203.0.113.7", "Firefox")
PRODUCT = """
    INSERT INTO mirrored_products (id, version, name, attempts_allowed, access_days, file_name, storage_key)
    VALUES ('00000000-0000-7000-8000-000000000001', 1, 'Guide', 5, 7, 'guide.zip', 'products/x/y/original/guide.zip')
"""
GRANTS = """
    INSERT INTO download_grants (id, version, order_id, creator_id, product_id, file_id, token_hash, attempts_allowed,
        attempts_used, issued_at, expires_at)
    SELECT gen_random_uuid(), 1, gen_random_uuid(), gen_random_uuid(), '00000000-0000-7000-8000-000000000001',
        gen_random_uuid(), hash, 5, 0, now(), now() + interval '7 days' FROM unnest($1::text[]) AS hash
"""


class Nowhere:
    """An object store that has everything, at once."""

    async def exists(self, key: str) -> bool:
        return True

    async def sign_download(self, key: str, file_name: str, file_type: str) -> str:
        return key


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--buyers", type=int, default=1_000)
    parser.add_argument("--at-once", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    state = os.environ.get("TEST_STATE_DIR")
    with tempfile.TemporaryDirectory() as thrown_away:
        async with Stack(Path(state or thrown_away), infrastructure_only=True) as stack:
            database = await prepared_database(stack.admin_database_url, "delivery")
            await compare(database, asked.buyers, asked.at_once, asked.rounds)


async def compare(database: TestDatabase, buyers: int, at_once: int, rounds: int) -> None:
    db = Database(database.app_url, "delivery")
    redeemer = Redeemer(db, Nowhere())

    async def together(token: str) -> None:
        await redeemer.redeem_link(token, VISITOR)

    connections = asyncio.Semaphore(20)  # as many as the pool has: who waits for one is not told that there is none

    async def alone(token: str) -> None:
        async with connections, db.transaction() as tx:
            (counted,) = await count_attempts(tx, [Asked(token, VISITOR)])
        assert not isinstance(counted, Problem)

    speeds: dict[str, list[float]] = {"alone": [], "together": []}
    for _ in range(rounds):
        for name, way in (("alone", alone), ("together", together)):
            speeds[name].append(buyers / await timed(database, way, buyers, at_once))
    await db.dispose()
    for name, found in speeds.items():
        write(f"{name:<9} {median(found):7.0f} a second  ({', '.join(f'{speed:.0f}' for speed in found)})")
    write(f"together : alone = {median(speeds['together']) / median(speeds['alone']):.1f}")


def write(line: str) -> None:
    sys.stdout.write(line + "\n")


async def timed(database: TestDatabase, way: Callable[[str], Awaitable[None]], buyers: int, at_once: int) -> float:
    """Seconds for `buyers`, each with a grant of their own, `at_once` of them at a time."""
    tokens = iter(await granted(database, buyers))

    async def buyer() -> None:
        for token in tokens:
            await way(token)

    began = time.perf_counter()
    await asyncio.gather(*(buyer() for _ in range(at_once)))
    return time.perf_counter() - began


async def granted(database: TestDatabase, buyers: int) -> list[str]:
    await database.empty()
    tokens = [os.urandom(24).hex() for _ in range(buyers)]
    connection = await asyncpg.connect(database.owner_url)
    await connection.execute(PRODUCT)
    await connection.execute(GRANTS, [token_hash(token) for token in tokens])
    await connection.execute("ANALYZE")
    await connection.close()
    return tokens


if __name__ == "__main__":
    asyncio.run(main())
