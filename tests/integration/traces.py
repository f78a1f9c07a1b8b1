"""A search of everything that is kept: every column of the five databases, every object, cache entry and log."""

import json
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from aiobotocore.session import get_session
from local_stack import Stack
from local_stack.bucket import OPTIONS
from redis.asyncio import Redis

TABLES = """
    SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
    AND c.relkind IN ('r', 'p') AND NOT c.relispartition
"""
READERS: dict[bytes | str, str] = {b"string": "get", b"hash": "hgetall", b"set": "smembers"}


@dataclass(frozen=True)
class Traces:
    stack: Stack

    async def of(self, *needles: str) -> set[str]:
        """Where any of `needles` is found, in whatever case; in bytes, as text and as PostgreSQL writes them."""
        wanted = [form for needle in needles for form in (needle.lower(), needle.lower().encode().hex())]
        found = {place async for place in self._in_databases(wanted)}
        found |= {place async for place in self._in_bucket(wanted)}
        found |= {place async for place in self._in_cache(wanted)}
        return found | set(self._in_logs(wanted))

    async def _in_databases(self, wanted: list[str]) -> AsyncIterator[str]:
        for service in self.stack.endpoints["databases"]:
            server = urlsplit(self.stack.admin_database_url)
            connection = await asyncpg.connect(urlunsplit(server._replace(path=f"/{service}")))
            try:
                for (table,) in await connection.fetch(TABLES):
                    query = f"SELECT EXISTS (SELECT FROM {table} t, unnest($1::text[]) AS wanted"
                    holds = f"{query} WHERE position(wanted IN lower(t::text)) > 0)"
                    if await connection.fetchval(holds, wanted):
                        yield f"{service} {table.removeprefix('public.')}"
            finally:
                await connection.close()

    async def _in_bucket(self, wanted: list[str]) -> AsyncIterator[str]:
        given = self.stack.environment("catalog")
        bucket = given.get("S3_BUCKET", "tempages")
        client: Any = get_session().create_client(
            "s3",
            region_name="auto",
            aws_access_key_id=given["S3_ACCESS_KEY_ID"],
            aws_secret_access_key=given["S3_SECRET_ACCESS_KEY"],
            endpoint_url=given["S3_ENDPOINT_URL"],
            config=OPTIONS,
        )
        async with client as s3:
            async for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
                for entry in page.get("Contents", ()):
                    told = await s3.get_object(Bucket=bucket, Key=entry["Key"])
                    async with told["Body"] as body:
                        content = entry["Key"].encode() + json.dumps(told["Metadata"]).encode() + await body.read()
                    if _holds(content, wanted):
                        yield f"bucket {entry['Key']}"

    async def _in_cache(self, wanted: list[str]) -> AsyncIterator[str]:
        async with Redis.from_url(self.stack.endpoints["redis"]) as redis:
            async for key in redis.scan_iter():
                value = await getattr(redis, READERS[await redis.type(key)])(key)
                if _holds(key + repr(value).encode(), wanted):
                    yield f"cache {key.decode()}"

    def _in_logs(self, wanted: list[str]) -> Iterable[str]:
        for log in self.stack.state.logs.iterdir():
            if _holds(log.read_bytes(), wanted):
                yield f"log {log.name}"


def _holds(content: bytes, wanted: list[str]) -> bool:
    lowered = content.lower()
    return any(form.encode() in lowered for form in wanted)
