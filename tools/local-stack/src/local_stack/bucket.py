"""A bucket that pages of the edge's origin may send parts to.

`python -m local_stack.bucket ORIGIN...`: in the store that S3_ENDPOINT_URL and its companions name.
"""

import argparse
import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aiobotocore.config import AioConfig
from aiobotocore.session import get_session

PROBE_KEY = ".ready"
OPTIONS = AioConfig(
    retries={"max_attempts": 0},
    s3={"addressing_style": "path"},
    request_checksum_calculation="when_required",
    connect_timeout=2,
    read_timeout=5,
)


@dataclass(frozen=True)
class Store:
    endpoint: str
    access_key_id: str
    secret_access_key: str


async def prepare(store: Store, name: str, origins: Sequence[str]) -> None:
    """Bucket and CORS, and the proof by a PUT and a GET that it works."""
    client: Any = get_session().create_client(
        "s3",
        region_name="auto",
        aws_access_key_id=store.access_key_id,
        aws_secret_access_key=store.secret_access_key,
        endpoint_url=store.endpoint,
        config=OPTIONS,
    )
    async with client as s3:
        if name not in [bucket["Name"] for bucket in (await s3.list_buckets())["Buckets"]]:
            await s3.create_bucket(Bucket=name)
        await s3.put_bucket_cors(Bucket=name, CORSConfiguration={"CORSRules": [_cors(origins)]})
        await s3.put_object(Bucket=name, Key=PROBE_KEY, Body=b"ready")
        answer = await s3.get_object(Bucket=name, Key=PROBE_KEY)
        async with asyncio.timeout(5), answer["Body"] as body:
            assert await body.read() == b"ready"


def _cors(origins: Sequence[str]) -> dict[str, Any]:
    return {
        "AllowedOrigins": list(origins),
        "AllowedMethods": ["GET", "HEAD", "PUT"],
        "AllowedHeaders": ["*"],
        "ExposeHeaders": ["ETag"],
        "MaxAgeSeconds": 3600,
    }


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("origins", nargs="+", metavar="ORIGIN", help="where browsers send parts from")
    given = arguments.parse_args()
    env = os.environ
    store = Store(env["S3_ENDPOINT_URL"], env["S3_ACCESS_KEY_ID"], env["S3_SECRET_ACCESS_KEY"])
    asyncio.run(prepare(store, env["S3_BUCKET"], given.origins))


if __name__ == "__main__":
    main()
